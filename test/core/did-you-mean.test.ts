import { expect, it } from "vitest";
import { didYouMean } from "../../src/core/did-you-mean.js";

it.each([
  ["lite-medsam-click", ["lite-medsam", "lite-medsam-clicks", "sam-vit-b"], " Did you mean lite-medsam-clicks?"],
  ["MedSAM", ["sam-vit-b", "medsam"], " Did you mean medsam?"],
  ["sampels", ["samples", "sarcoma", "volumes"], " Did you mean samples?"],
  ["abc", ["abcde"], " Did you mean abcde?"],
  ["abc", ["abcdef"], ""],
  ["ab", ["xy"], ""],
  ["abcdefghi", ["abcdef"], " Did you mean abcdef?"],
  ["abcdefghi", ["abcde"], ""],
  ["", [], ""],
])("%j among %j", (given, known, text) => expect(didYouMean(given, known)).toBe(text));
