import { expect, it } from "vitest";
import { classLabels } from "../../src/predict/class-labels.js";
import { modelFrame } from "../../src/predict/preprocess.js";

// SciPy 1.17.1: zoom(np.ones((96, 96), np.uint8), (height / 96, width / 96), order=0).sum()
it.each([
  [82, 88, 7047],
  [83, 88, 7221],
  [81, 90, 7290],
])("SAMed's labels of %i×%i pixels have no class where SciPy's zoom has none", (width, height, labeled) => {
  const logits = Float32Array.from({ length: 2 * 24 * 24 }, (_, n) => Number(n >= 24 * 24));
  const labels = classLabels(logits, 2, 24, modelFrame(width, height, 96, "samed"), "samed");
  expect(labels.reduce((sum, label) => sum + label, 0)).toBe(labeled);
});
