import { expect, it } from "vitest";
import type { RestoredState } from "../../../src/protocol/slice-prompter.js";
import { restoredText } from "../../../widgets/src/slice-prompter/restored-text.js";

const restored: RestoredState = {
  prompts: 2,
  masks: 0,
  slices: 1,
  time: "2026-01-02T03:04:05.000Z",
  from: "",
  newerIn: "",
  problem: "",
};

it.each<[Partial<RestoredState>, RegExp]>([
  [{}, /^2 prompts on 1 slice came back, as left on [^;.]*$/],
  [{ masks: 3, slices: 4 }, /^2 prompts and 3 other masks on 4 slices came back/],
  [{ prompts: 0, masks: 1 }, /^1 mask on 1 slice came back/],
  [{ from: "copy.ipynb" }, /as left on .* in copy\.ipynb$/],
  [{ newerIn: "copy.ipynb" }, /as left on .*; copy\.ipynb has newer ones$/],
  [{ problem: "They could not be read." }, /^They could not be read\.$/],
])("says what came back: %j", (change, text) => {
  expect(restoredText({ ...restored, ...change })).toMatch(text);
});
