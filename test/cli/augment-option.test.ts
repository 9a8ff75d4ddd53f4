import { expect, it } from "vitest";
import { augmentOption } from "../../src/cli/augment-option.js";

it("reads the kinds, and leaves out those that are not named", () => {
  expect(augmentOption("default")).toBe(true);
  const off = { flip: false, turn: false, gamma: 0, contrast: 0, brightness: 0, shift: 0 };
  expect(augmentOption("flip")).toEqual({ ...off, flip: true });
  expect(augmentOption("turn,gamma=1.5,shift=0")).toEqual({ ...off, turn: true, gamma: 1.5 });
});

it.each(["", "flop", "flip=1", "gamma", "gamma=", "gamma=big", "gamma=1=2", "flip,,turn"])("refuses %j", (text) => {
  expect(() => augmentOption(text)).toThrow(/--augment does not know .*Use default, or a list of flip, turn, gamma=X/);
});
