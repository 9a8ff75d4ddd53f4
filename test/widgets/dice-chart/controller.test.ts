import { describe, expect, it } from "vitest";
import type { DiceChartState } from "../../../src/protocol/dice-chart.js";
import { Controller } from "../../../widgets/src/dice-chart/controller.js";
import { keyAction } from "../../../widgets/src/dice-chart/keys.js";
import { ChartPort } from "./chart-port.js";

function start(patch: Partial<DiceChartState> = {}) {
  const port = new ChartPort(patch);
  const controller = new Controller(port, () => {}, "v");
  let left = 0;
  const press = (name: string, onPlot = true) => {
    const action = keyAction(name, onPlot, controller, () => left++);
    action?.();
    return action !== undefined;
  };
  return { port, controller, press, left: () => left };
}

describe("the worst case", () => {
  it("is the lowest Dice, also where another object is selected", () => {
    const { port, controller } = start({ selection: { points: [2], cell: null, text: "" } });
    controller.selectWorst();
    expect(port.sent).toMatchObject([{ kind: "select", target: { of: "point", point: 4 } }]);
  });

  it("is the next at a second click before the kernel has answered, but not after another selection", () => {
    const { port, controller } = start();
    controller.selectWorst();
    controller.selectWorst();
    controller.select({ of: "point", point: 0 });
    controller.selectWorst();
    const [first, second, , last] = port.sent;
    expect(first).toMatchObject({ target: { of: "point", point: 4 } });
    expect(second).not.toMatchObject({ target: { point: 4 } });
    expect(last).toMatchObject({ target: { of: "point", point: 4 } });
  });

  it("is the lowest Dice of what is drawn, then the next", () => {
    const { port, controller } = start();
    const target = () => port.sent.at(-1);
    controller.selectWorst();
    expect(target()).toMatchObject({ kind: "select", target: { of: "point", point: 4 } });
    port.answer({ selection: { points: [4], cell: null, text: "" } });
    controller.selectWorst();
    const second = target();
    expect(second).not.toMatchObject({ target: { point: 4 } });
    port.answer({ selection: null });
    controller.received();
    controller.hidden.add(0);
    controller.selectWorst();
    const { dice, series } = controller.columns;
    const shown = Array.from(dice, (_, n) => n).filter((n) => series[n] === 1);
    const worst = shown.reduce((least, n) => (dice[n] < dice[least] ? n : least));
    expect(target()).toMatchObject({ target: { of: "point", point: worst } });
  });
});

it("says what the pointer is on, and asks for files", () => {
  const { port, controller } = start();
  controller.hover({ of: "point", point: 1 });
  expect(controller.hovered).toEqual({ of: "point", point: 1 });
  controller.save("png");
  expect(port.sent).toEqual([{ kind: "save", format: "png", view: "v", seq: 1 }]);
});

describe("the switches", () => {
  it("show at once what was asked for, and follow the kernel after it", () => {
    const { port, controller } = start();
    controller.show({ marks: "points" });
    expect(controller.shown).toEqual({ view: "modalities", marks: "points" });
    expect(port.sent).toEqual([{ kind: "show", shown: { view: "modalities", marks: "points" }, view: "v", seq: 1 }]);
    port.answer({ shown: { view: "modalities", marks: "boxes" } });
    controller.received();
    expect(controller.shown.marks).toBe("boxes");
  });

  it("do not fall back when an older intent is answered first", () => {
    const { port, controller } = start();
    controller.select({ of: "point", point: 0 });
    port.answer();
    controller.show({ view: "size" });
    controller.received();
    expect(controller.shown.view).toBe("size");
  });

  it("work without a kernel, and send nothing", () => {
    const { port, controller } = start();
    port.live = false;
    controller.show({ marks: "points" });
    controller.received();
    expect([controller.shown.marks, port.sent]).toEqual(["points", []]);
  });
});

describe("the keyboard", () => {
  it("goes through the means row by row, and picks one", () => {
    const { port, controller, press } = start();
    press("ArrowDown");
    press("ArrowRight");
    expect(controller.cursor).toEqual({ of: "cell", group: 0, series: 1 });
    press("End");
    press("ArrowDown");
    expect(controller.cursor).toEqual({ of: "cell", group: 1, series: 0 });
    press("Home");
    press("ArrowUp");
    press("Enter");
    expect(port.sent).toEqual([{ kind: "select", target: { of: "cell", group: 0, series: 0 }, view: "v", seq: 1 }]);
  });

  it("goes through the points of each mean from low to high", () => {
    const { controller, press } = start({ shown: { view: "modalities", marks: "points" } });
    const places = [1, 2, 3, 4, 5].map(() => {
      press("ArrowDown");
      return controller.cursor?.of === "point" ? controller.cursor.point : -1;
    });
    expect(places).toEqual([1, 0, 3, 2, 4]);
  });

  it("passes over what is not drawn: hidden series, unknown sizes", () => {
    const { controller, press } = start({ shown: { view: "size", marks: "bars" } });
    controller.toggleSeries(0);
    press("ArrowUp");
    expect(controller.cursor).toEqual({ of: "point", point: 2 });
    press("ArrowDown");
    expect(controller.cursor).toEqual({ of: "point", point: 2 });
    controller.toggleSeries(1);
    press("ArrowDown");
    expect(controller.cursor).toBeNull();
  });

  it("steps back one thing after the other, then leaves", () => {
    const { port, controller, press, left } = start({ selection: { points: [0], cell: null, text: "a" } });
    press("ArrowDown");
    press("Escape");
    expect([controller.cursor, port.sent, left()]).toEqual([null, [], 0]);
    press("Escape");
    expect(port.sent).toMatchObject([{ kind: "deselect" }]);
    port.answer({ selection: null });
    press("Escape", false);
    expect(left()).toBe(1);
  });

  it("leaves buttons their keys", () => {
    const { press } = start();
    expect(["Enter", "ArrowDown", " ", "a"].map((key) => press(key, false))).toEqual([false, false, false, false]);
  });
});
