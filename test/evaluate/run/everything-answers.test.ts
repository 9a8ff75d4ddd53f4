import { expect, it } from "vitest";
import { everythingAnswers, matchEverything } from "../../../src/evaluate/run/everything-answers.js";
import type { SliceWork } from "../../../src/evaluate/run/slice-work.js";
import { loadSam } from "../../../src/index.js";
import { drawMask } from "../../support/draw-mask.js";
import { drawnImage } from "../../support/drawn.js";
import { tinySam } from "../../support/tiny-tuned.js";

const masks = ["#...", ".##.", "####", ".##."].map((drawing) => ({ mask: drawMask(drawing), drawing }));

it("takes the mask with the best Dice, the first among equals", () => {
  expect(matchEverything(masks, drawMask(".##."))).toEqual({ match: masks[1], index: 1, dice: 1 });
  expect(matchEverything(masks, drawMask("..##"))).toEqual({ match: masks[2], index: 2, dice: 2 / 3 });
});

it("takes none that does not touch the truth", () => {
  expect(matchEverything(masks.slice(0, 2), drawMask("...#"))).toBeNull();
  expect(matchEverything([], drawMask("...#"))).toBeNull();
});

it("divides the time, which is that of all masks, among the objects", async () => {
  const sam = await loadSam(tinySam, { device: "cpu" });
  const truth = { width: 40, height: 30, data: new Uint8Array(1200).fill(1, 0, 100) };
  const objects = Array.from({ length: 5 }, () => ({ truth }));
  const settings = { automask: { pointsPerSide: 2 } };
  const start = performance.now();
  try {
    const work = { sam, image: drawnImage("everything", 40, 30), objects, settings } as unknown as SliceWork;
    const answers = await everythingAnswers(work);
    const sum = answers.reduce((all, { milliseconds }) => all + milliseconds, 0);
    expect(sum).toBeGreaterThan(0);
    expect(sum).toBeLessThanOrEqual(performance.now() - start);
  } finally {
    await sam.dispose();
  }
});
