import { expect, it } from "vitest";
import { matchEverything } from "../../../src/evaluate/run/everything-answers.js";
import { drawMask } from "../../support/draw-mask.js";

const masks = ["#...", ".##.", "####", ".##."].map((drawing) => ({ mask: drawMask(drawing), drawing }));

it("takes the mask with the best Dice, the first among equals", () => {
  expect(matchEverything(masks, drawMask(".##."))).toEqual({ match: masks[1], index: 1, dice: 1 });
  expect(matchEverything(masks, drawMask("..##"))).toEqual({ match: masks[2], index: 2, dice: 2 / 3 });
});

it("takes none that does not touch the truth", () => {
  expect(matchEverything(masks.slice(0, 2), drawMask("...#"))).toBeNull();
  expect(matchEverything([], drawMask("...#"))).toBeNull();
});
