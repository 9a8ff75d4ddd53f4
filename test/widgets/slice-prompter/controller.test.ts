import { describe, expect, it } from "vitest";
import type { SlicePrompterState } from "../../../src/protocol/slice-prompter.js";
import { Controller } from "../../../widgets/src/slice-prompter/controller.js";
import { PrompterPort } from "./prompter-port.js";

function start(patch: Partial<SlicePrompterState> = {}) {
  const port = new PrompterPort(patch);
  const controller = new Controller(port, () => {}, "view-1");
  const answer = (state?: Partial<SlicePrompterState>) => {
    port.answer(state);
    controller.received();
  };
  return { port, controller, answer };
}

const axial = (index: number) => ({ plane: "axial", index }) as const;
const doubtful = (index: number, object: number) =>
  ({ index, object, origin: "drawn", masked: true, confirmed: false, doubtful: true }) as const;

describe("scrolling", () => {
  it("shows the wanted slice at once, and sends one wish at a time, the last", () => {
    const { port, controller, answer } = start();
    controller.step(1);
    controller.step(1);
    controller.step(5);
    expect(controller.wanted).toEqual(axial(4));
    expect(port.sent).toEqual([{ kind: "goto", place: axial(3), view: "view-1", seq: 1 }]);
    answer({ place: axial(3) });
    expect(port.sent[1]).toEqual({ kind: "goto", place: axial(4), view: "view-1", seq: 2 });
    answer({ place: axial(4) });
    expect(port.sent).toHaveLength(2);
  });

  it("follows the kernel when it goes elsewhere by itself", () => {
    const { controller, answer } = start();
    answer({ place: axial(0) });
    expect(controller.wanted).toEqual(axial(0));
  });

  it("does nothing without a kernel", () => {
    const { port, controller } = start();
    port.live = false;
    controller.received();
    controller.step(1);
    expect([controller.wanted, port.sent]).toEqual([axial(2), []]);
  });
});

describe("a mask computed while the button was down", () => {
  const speculative = { place: axial(2), x: 3, y: 4, label: 1, object: 1, runs: Uint8Array.of(7) } as const;

  it("is shown for that click alone, from its release until the kernel has handled it", () => {
    const { controller, answer } = start();
    controller.press({ x: 3, y: 4 }, 1);
    answer({ speculative });
    expect(controller.speculative).toBeNull();
    controller.addPoint({ x: 3, y: 4 }, 1);
    expect(controller.speculative).toBe(speculative);
    answer({ speculative: null });
    expect(controller.speculative).toBeNull();
  });

  it.each<[string, (controller: Controller) => void]>([
    ["another pixel", (controller) => controller.addPoint({ x: 3, y: 5 }, 1)],
    ["another label", (controller) => controller.addPoint({ x: 3, y: 4 }, 0)],
    [
      "a second click",
      (controller) => {
        controller.addPoint({ x: 3, y: 4 }, 1);
        controller.addPoint({ x: 3, y: 4 }, 1);
      },
    ],
    [
      "a click after an undo",
      (controller) => {
        controller.send({ kind: "undo" });
        controller.addPoint({ x: 3, y: 4 }, 1);
      },
    ],
    ["a box", (controller) => controller.addBox([1, 1, 3, 4])],
  ])("is not shown for %s", (_, act) => {
    const { controller, answer } = start();
    answer({ speculative });
    act(controller);
    expect(controller.speculative).toBeNull();
  });

  it("is not shown on another slice", () => {
    const { controller, answer } = start();
    answer({ speculative, place: axial(1) });
    controller.addPoint({ x: 3, y: 4 }, 1);
    expect(controller.speculative).toBeNull();
  });
});

describe("another plane", () => {
  it("goes through the last prompt", () => {
    const { port, controller } = start({ prompts: [{ id: 4, kind: "point", x: 3, y: 6, label: 1 }] });
    controller.setPlane("coronal");
    // Coronal slices count from the back: voxel row 6 of 8.
    expect(port.sent).toMatchObject([{ kind: "goto", place: { plane: "coronal", index: 1 } }]);
  });

  it("goes through the middle of the picture when there is no prompt", () => {
    const { port, controller } = start();
    controller.setPlane("coronal");
    expect(port.sent).toMatchObject([{ place: { plane: "coronal", index: 4 } }]);
  });

  it("is looked at as a whole", () => {
    const { controller, answer } = start();
    controller.set({ camera: { zoom: 5, x: 1, y: 1 }, cursor: { x: 1, y: 1 } });
    answer({ place: { plane: "coronal", index: 1 } });
    expect([controller.local.camera, controller.local.cursor]).toEqual([{ zoom: 1, x: 5, y: 2.5 }, null]);
  });
});

describe("keys in quick succession", () => {
  it("act on the slice that they have gone to, also before it is shown", () => {
    const { port, controller, answer } = start();
    controller.step(1);
    controller.toggleConfirmed();
    controller.step(1);
    controller.toggleConfirmed();
    answer({ place: axial(3) });
    expect(port.sent).toMatchObject([
      { kind: "goto", place: axial(3) },
      { kind: "confirm", place: axial(3), confirmed: true, toggle: true },
      { kind: "confirm", place: axial(4), confirmed: true, toggle: true },
      { kind: "goto", place: axial(4) },
    ]);
  });

  it("leave it to the kernel whether a slice is confirmed or that is taken back", () => {
    const marks = [{ index: 2, object: 1, origin: "drawn", masked: true, confirmed: true, doubtful: false }] as const;
    const { port, controller } = start({ marks });
    controller.send({ kind: "undo" });
    controller.toggleConfirmed();
    expect(port.sent[1]).toMatchObject({ kind: "confirm", confirmed: true, toggle: true });
    expect(port.sent[1]).not.toHaveProperty("object");
    controller.setPlane("coronal");
    controller.toggleConfirmed();
    expect(port.sent[3]).toMatchObject({ kind: "confirm", place: { plane: "coronal" }, confirmed: true, toggle: true });
  });

  it("remove the selected prompt, then the last ones, of the slice that they have gone to", () => {
    const prompts = [1, 2, 3].map((id) => ({ id, kind: "point", x: id, y: 1, label: 1 }) as const);
    const { port, controller } = start({ prompts });
    controller.set({ selected: 2 });
    controller.removeOne();
    expect(controller.local.selected).toBeNull();
    controller.removeOne();
    controller.set({ selected: 1 });
    controller.step(1);
    controller.removeOne();
    expect(port.sent).toMatchObject([
      { kind: "remove", place: axial(2), object: 1, prompt: 2 },
      { kind: "remove", place: axial(2), object: 1, prompt: undefined },
      { kind: "goto" },
      { kind: "remove", place: axial(3), object: 1, prompt: undefined },
    ]);
    expect(controller.local.selected).toBe(1);
  });

  it("choose a candidate of the slice that they have gone to", () => {
    const { port, controller } = start();
    controller.step(1);
    controller.choose(2);
    expect(port.sent[1]).toMatchObject({ kind: "choose", place: axial(3), object: 1, candidate: 2, toggle: true });
  });

  it("open the three planes and close them", () => {
    const { port, controller } = start();
    controller.toggleOverview();
    controller.toggleOverview();
    expect(port.sent).toMatchObject([{ open: true }, { open: false }]);
  });

  it("go to the slices in doubt of the object that they have chosen", () => {
    const { port, controller } = start({ marks: [doubtful(3, 1), doubtful(4, 2)] });
    controller.send({ kind: "object-select", object: 2 });
    controller.nextDoubtful();
    expect(port.sent[1]).toMatchObject({ kind: "goto", place: axial(4) });
  });

  it("go to no slice in doubt of an object that only the kernel knows yet", () => {
    const { port, controller } = start({ marks: [doubtful(3, 1)] });
    controller.send({ kind: "object-next" });
    controller.nextDoubtful();
    expect(port.sent).toHaveLength(1);
    expect(controller.local.note).toBe("The object changes: look for its slices in doubt when it is shown.");
    controller.end();
  });

  it("go to no slice in doubt of a plane that is on its way: its slices are not known yet", () => {
    const { port, controller } = start({ marks: [doubtful(3, 1)] });
    controller.setPlane("coronal");
    controller.nextDoubtful();
    expect(port.sent).toHaveLength(1);
    expect(controller.wanted).toEqual({ plane: "coronal", index: 4 });
    expect(controller.local.note).toBe("The plane changes: look for its slices in doubt when it is shown.");
    controller.end();
  });
});

describe("a click", () => {
  it("belongs to the slice that is seen, not to the one that is wanted, and says so", () => {
    const { port, controller } = start();
    controller.step(1);
    controller.addPoint({ x: 4, y: 5 }, 0, controller.seen);
    const point = { kind: "point", place: axial(2), object: 1, x: 4, y: 5, label: 0 };
    expect(port.sent[1]).toEqual({ ...point, view: "view-1", seq: 2 });
    expect(controller.promptsOnTheWay(axial(2))).toHaveLength(1);
    expect(controller.promptsOnTheWay(axial(3))).toHaveLength(0);
    expect(controller.local.note).toBe("Marked on slice 2, which was shown when you began.");
  });

  it("is not sent when the plane has changed since it was begun", () => {
    const { port, controller, answer } = start();
    const { seen } = controller;
    answer({ place: { plane: "coronal", index: 1 } });
    controller.addPoint({ x: 1, y: 1 }, 1, seen);
    controller.paint([1, 1, 2, 2], false, seen);
    controller.addBox([1, 1, 2, 2], seen);
    expect([port.sent, controller.local.note]).toEqual([[], "The plane has changed meanwhile: mark it again."]);
  });

  it("is not said to be marked without a kernel", () => {
    const { port, controller } = start();
    port.live = false;
    controller.received();
    controller.addPoint({ x: 1, y: 1 }, 1, { place: axial(1) });
    expect([port.sent, controller.local.note]).toEqual([[], ""]);
  });

  it("is pending until the kernel has handled it", () => {
    const { controller, answer } = start();
    controller.addPoint({ x: 4, y: 5 }, 1);
    answer();
    expect(controller.promptsOnTheWay(axial(2))).toEqual([]);
  });

  it("that the model does not take is refused with the model's reason", () => {
    const prompts = { points: false, box: true, mask: false, note: "Trained with boxes." };
    const { port, controller } = start({ model: { name: "m", provider: "CPU", prompts } });
    expect(controller.local.tool).toBe("box");
    controller.addPoint({ x: 4, y: 5 }, 1);
    expect([controller.local.note, port.sent]).toEqual(["This model takes no clicks. Trained with boxes.", []]);
    controller.end();
  });
});

describe("a second box", () => {
  const prompts = [{ id: 1, kind: "box", box: [0, 0, 2, 2] }] as const;

  it.each([
    ["takes the place of the first, and says so", true, 1],
    ["does neither without a kernel", false, 0],
  ])("%s", (_, live, count) => {
    const { port, controller } = start({ prompts });
    port.live = live;
    controller.received();
    controller.placeBox([1, 1, 3, 3]);
    expect(port.sent).toHaveLength(count);
    expect(controller.local.note.startsWith("This box has taken the place")).toBe(live);
    controller.end();
  });
});

describe("the window", () => {
  it("is shown while it is dragged, told one at a time, and the kernel's afterwards", () => {
    const { port, controller, answer } = start();
    controller.dragWindow(10, 90);
    controller.dragWindow(20, 80);
    controller.dragWindow(30, 70, true);
    expect(port.sent).toMatchObject([
      { kind: "window", low: 10, high: 90 },
      { kind: "window", low: 30, high: 70 },
    ]);
    expect(controller.window).toMatchObject({ low: 30, high: 70 });
    const shown = { low: 30, high: 70, name: "as shown" };
    answer({ window: { ...port.state.window!, shown } });
    expect([controller.local.window, controller.window]).toEqual([null, shown]);
  });

  it("and the camera go back to where they were at first", () => {
    const shown = { low: 30, high: 70, name: "as shown" };
    const { port, controller } = start();
    port.state = { ...port.state, window: { ...port.state.window!, shown } };
    controller.set({ camera: { zoom: 5, x: 1, y: 1 } });
    controller.resetView();
    expect(controller.local.camera).toEqual({ zoom: 1, x: 5, y: 4 });
    expect(port.sent).toMatchObject([{ kind: "window", low: 0, high: 100, name: "own" }]);
  });
});

describe("the range of a propagation", () => {
  it("is that of the plane that is on its way", () => {
    const { port, controller, answer } = start();
    controller.setRange("last", 3);
    controller.setPlane("coronal");
    controller.setRange("first", 2);
    controller.propagate();
    expect(port.sent.at(-1)).toMatchObject({ kind: "propagate", first: 0, last: 7 });
    answer({ place: { plane: "coronal", index: 4 } });
    expect(controller.range).toEqual([0, 7]);
  });
});

describe("a stroke", () => {
  it("goes to the slice and the object for which it was begun", () => {
    const { port, controller, answer } = start();
    const { target } = controller;
    controller.step(1);
    answer({ place: axial(3), active: 2 });
    controller.paint([1, 1], false, target);
    expect(port.sent.at(-1)).toMatchObject({ kind: "paint", place: axial(2), object: 1 });
  });

  it("goes to the object that was selected before it, though the kernel has not said so yet", () => {
    const { port, controller } = start();
    controller.send({ kind: "object-select", object: 3 });
    controller.paint([1, 1], false);
    expect(port.sent.at(-1)).toMatchObject({ kind: "paint", object: 3 });
    for (const kind of ["object-add", "object-next"] as const) {
      controller.send({ kind });
      controller.paint([1, 1], false);
      expect(port.sent.at(-1)).not.toHaveProperty("object");
      controller.send({ kind: "object-select", object: 3 });
    }
  });
});
