import { afterEach, expect, it } from "vitest";
import { CompareController } from "../../../widgets/src/mask-compare/controller.js";
import { type CompareKeyContext, compareKeyOf, compareKeys } from "../../../widgets/src/mask-compare/keys.js";
import { ComparePort } from "./compare-port.js";

const controllers: CompareController[] = [];
afterEach(() => {
  for (const controller of controllers.splice(0)) controller.end();
});

function start(port = new ComparePort()) {
  const controller = new CompareController(port, () => {}, "me");
  controllers.push(controller);
  const log: string[] = [];
  const context: CompareKeyContext = {
    controller,
    stage: { size: { width: 100, height: 80 } },
    leave: () => log.push("left"),
    abandon: () => false,
    sayCursor: () => log.push("cursor"),
  };
  const press = (key: string) => compareKeyOf(key, true)?.run(context);
  return { port, controller, press, log };
}

it("binds every key once", () => {
  const keys = compareKeys.flatMap((binding) => binding.keys);
  expect(new Set(keys).size).toBe(keys.length);
});

it("leaves the keys of buttons and of the strip to them", () => {
  expect(compareKeyOf("ArrowUp", false)).toBeUndefined();
  expect(compareKeyOf("Enter", false)).toBeUndefined();
  expect(compareKeyOf("b", false)).toBeDefined();
});

it("blinks: first alone, then one mask after the other, round and round", () => {
  const { port, controller, press } = start();
  press("b");
  expect(port.sent).toEqual([{ kind: "display", layout: "blink", paint: "masks", view: "me", seq: 1 }]);
  // What is on its way counts as done.
  expect(controller.display.layout).toBe("blink");
  const seen = [controller.local.current];
  for (let n = 0; n < 3; n++) {
    press("b");
    seen.push(controller.local.current);
  }
  expect(seen).toEqual([0, 1, 2, 0]);
  expect(port.sent).toHaveLength(1);
});

it("shows a mask by its number, alone if all were shown", () => {
  const { port, controller, press } = start();
  press("2");
  expect(controller.local.current).toBe(1);
  expect(port.sent.map(({ kind }) => kind)).toEqual(["display"]);
  port.answer({ display: { layout: "swipe", paint: "masks" } });
  controller.received();
  press("3");
  expect([controller.local.current, controller.next(2)]).toEqual([2, 0]);
  expect(port.sent).toHaveLength(1);
  press("7");
  expect(controller.local.current).toBe(2);
});

it("turns agreement on and off, and says why it cannot without a truth", () => {
  const { port, press, controller } = start();
  press("a");
  expect(port.sent.at(-1)).toMatchObject({ kind: "display", paint: "agreement" });
  port.answer({ display: { layout: "side-by-side", paint: "agreement" } });
  controller.received();
  press("a");
  expect(port.sent.at(-1)).toMatchObject({ kind: "display", paint: "masks" });
  const { state } = new ComparePort();
  const without = start(new ComparePort({ masks: state.masks.slice(0, 2) }));
  without.press("a");
  expect(without.port.sent).toEqual([]);
  expect(without.controller.local.note).toBe("Agreement needs a truth: give one under the name truth.");
});

it("goes through slices, one message at a time, the last wish last", () => {
  const { port, controller, press } = start();
  press("ArrowUp");
  press("PageUp");
  expect(controller.wanted.index).toBe(4);
  expect(port.sent).toHaveLength(1);
  port.answer({ place: { plane: "axial", index: 3 } });
  controller.received();
  expect(port.sent.at(-1)).toMatchObject({ kind: "goto", place: { plane: "axial", index: 4 } });
  press("End");
  expect(controller.wanted.index).toBe(4);
});

it("keeps the line of swipe inside the picture", () => {
  const { controller, press } = start();
  press(".");
  expect(controller.local.swipe).toBeCloseTo(0.55);
  for (let n = 0; n < 20; n++) press(",");
  expect(controller.local.swipe).toBe(0);
});

it("steps back from help and cursor before it leaves", () => {
  const { press, log, controller } = start();
  press("?");
  press("k");
  expect(controller.local.cursor).toEqual({ x: 5, y: 4 });
  press("ArrowRight");
  expect(controller.local.cursor).toEqual({ x: 6, y: 4 });
  for (let n = 0; n < 3; n++) press("Escape");
  expect([controller.local.helpOpen, controller.local.cursor]).toEqual([false, null]);
  expect(log.at(-1)).toBe("left");
});

it("sends nothing when the kernel is gone", () => {
  const { port, press } = start();
  port.live = false;
  for (const key of ["b", "a", "ArrowUp"]) press(key);
  expect(port.sent).toEqual([]);
});
