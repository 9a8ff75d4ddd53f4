import { describe, expect, it, vi } from "vitest";
import type { SlicePrompterState } from "../../../src/protocol/slice-prompter.js";
import { type KeyPress, keyName } from "../../../widgets/src/shared/key-name.js";
import { Controller } from "../../../widgets/src/slice-prompter/controller.js";
import { bindingOf, bindings, type KeyContext } from "../../../widgets/src/slice-prompter/keys.js";
import { PrompterPort } from "./prompter-port.js";

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
});

describe("keyName", () => {
  it.each([
    [press("z", { ctrlKey: true }), "Ctrl+z"],
    [press("Z", { metaKey: true, shiftKey: true }), "Ctrl+Shift+z"],
    [press("ArrowUp", { shiftKey: true }), "Shift+ArrowUp"],
    [press("?", { shiftKey: true }), "?"],
    [press("[", { ctrlKey: true, altKey: true }), "["],
    [press("-", { ctrlKey: true }), "Ctrl+-"],
    [press("B"), "b"],
    [press("b", { altKey: true }), "Alt+b"],
  ])("%j is %s", (event, name) => expect(keyName(event)).toBe(name));
});

it("gives every key one meaning", () => {
  const keys = bindings.flatMap((binding) => binding.keys);
  expect(new Set(keys).size).toBe(keys.length);
});

it("leaves arrows, Enter and Home to buttons and sliders that have the focus", () => {
  for (const key of ["ArrowUp", "Enter", "Home", "PageDown"]) {
    expect(bindingOf(key, false)).toBeUndefined();
    expect(bindingOf(key, true)).toBeDefined();
  }
  expect(bindingOf("Ctrl+z", false)).toBeDefined();
});

function start(patch: Partial<SlicePrompterState> = {}) {
  const port = new PrompterPort(patch);
  const controller = new Controller(port, () => {}, "v");
  const did: string[] = [];
  const context: KeyContext = {
    controller,
    stage: { size: { width: 400, height: 400 } },
    leave: () => did.push("leave"),
    abandon: () => false,
    sayCursor: () => did.push("say"),
  };
  const type = (...keys: string[]) => {
    for (const key of keys) bindingOf(key, true)?.run(context);
  };
  const sent = () => port.sent.map(({ view: _, seq: __, ...intent }) => intent);
  return { controller, port, type, sent, did };
}

const place = { plane: "axial", index: 2 };

describe("the keyboard cursor", () => {
  it("places points without a mouse", () => {
    const { controller, type, sent, did } = start();
    type("k", "ArrowRight", "ArrowRight", "ArrowUp", "Enter", "Shift+ArrowRight", "Shift+Enter");
    expect(controller.local.cursor).toEqual({ x: 9, y: 3 });
    expect(sent()).toEqual([
      { kind: "point", place, object: 1, x: 7, y: 3, label: 1 },
      { kind: "point", place, object: 1, x: 9, y: 3, label: 0 },
    ]);
    expect(did).toHaveLength(5);
  });

  it("draws boxes corner by corner", () => {
    const { controller, type, sent } = start();
    type("k", "b");
    expect([controller.local.tool, controller.local.cursorBox]).toEqual(["box", null]);
    type("Enter", "Enter");
    expect([sent(), controller.local.cursorBox]).toEqual([[], { x: 5, y: 4 }]);
    type("ArrowLeft", "ArrowLeft", "ArrowUp");
    expect(controller.local.rubber).toEqual([3, 3, 5, 4]);
    type("Enter");
    expect(sent()).toEqual([{ kind: "box", place, object: 1, box: [3, 3, 5, 4] }]);
    expect(controller.local.rubber).toBeNull();
    controller.end();
  });

  it("marks the slice in the picture, not the one gone to, and says so", () => {
    const { controller, type, sent } = start();
    type("k", "PageUp", "Enter", "d", "Enter", "b", "Enter", "ArrowLeft", "ArrowDown", "Enter");
    expect(sent()).toMatchObject([
      { kind: "goto", place: { plane: "axial", index: 3 } },
      { kind: "point", place, object: 1, x: 5, y: 4 },
      { kind: "paint", place, object: 1, path: [5, 4] },
      { kind: "box", place, object: 1, box: [4, 4, 5, 5] },
    ]);
    expect(controller.local.note).toBe("Marked on slice 2, which was shown when you began.");
    controller.end();
  });

  it("drops a box's first corner when the slice changes, and keeps it as long as it is the same", () => {
    const { controller, port, type, sent } = start();
    const receive = (patch: Partial<SlicePrompterState>) => {
      port.answer(patch);
      controller.received();
    };
    type("k", "b", "Enter", "ArrowLeft");
    receive({});
    expect(controller.local.cursorBox).toEqual({ x: 5, y: 4 });
    receive({ place: { plane: "axial", index: 3 } });
    expect([controller.local.cursorBox, controller.local.rubber]).toEqual([null, null]);
    type("ArrowUp", "Enter");
    expect([sent(), controller.local.cursorBox]).toEqual([[], { x: 4, y: 3 }]);
    controller.end();
  });

  it("is left before the widget is", () => {
    const { controller, type, did } = start();
    type("k", "b", "Enter", "Escape");
    expect(controller.local.cursorBox).toBeNull();
    type("Escape");
    expect([controller.local.cursor, did]).toEqual([null, ["say"]]);
    type("Escape");
    expect(did).toEqual(["say", "leave"]);
    controller.end();
  });
});

describe("other keys", () => {
  it("stop the propagation by Esc, which a moment after its end does nothing", () => {
    const { controller, port, type, sent, did } = start();
    const clock = vi.spyOn(performance, "now").mockReturnValue(5_000);
    const { work } = port.state;
    port.state = { ...port.state, work: { ...work, phase: "propagating" } as typeof work };
    controller.received();
    type("Escape");
    expect(sent()).toEqual([{ kind: "stop" }]);
    port.answer({ work });
    controller.received();
    clock.mockReturnValue(5_900);
    type("Escape");
    expect([did, sent().length]).toEqual([[], 1]);
    clock.mockReturnValue(6_100);
    type("Escape");
    expect([did, sent().length]).toEqual([["leave"], 1]);
    clock.mockRestore();
    controller.end();
  });

  it("change the slice", () => {
    const { type, controller } = start();
    type("ArrowUp", "PageUp");
    expect(controller.wanted.index).toBe(4);
    type("Home");
    expect(controller.wanted.index).toBe(0);
    type("End", "Shift+PageDown");
    expect(controller.wanted.index).toBe(0);
  });

  it("change the tool", () => {
    const { type, controller } = start();
    type("e");
    expect(controller.local.tool).toBe("exclude");
    type("t");
    expect(controller.local.tool).toBe("include");
    type("b");
    expect(controller.local.tool).toBe("box");
  });

  it("say why a tool is off", () => {
    const prompts = { points: false, box: true, mask: false, note: "Trained with boxes." };
    const { type, controller } = start({ model: { name: "m", provider: "CPU", prompts } });
    type("i");
    expect([controller.local.tool, controller.local.note]).toEqual(["box", "Trained with boxes."]);
    controller.end();
  });

  it("undo, redo, clear, and go on to the next object", () => {
    const { type, sent } = start();
    type("c", "o", "o", "Ctrl+z", "Ctrl+Shift+z", "Ctrl+y", "n");
    expect(sent()).toEqual([
      { kind: "clear", place, object: 1 },
      { kind: "object-next" },
      { kind: "object-next" },
      { kind: "undo" },
      { kind: "redo" },
      { kind: "redo" },
      { kind: "object-add" },
    ]);
  });

  it("change what is seen", () => {
    const { type, controller } = start();
    type("h", "x", "]", "+");
    const { masksHidden, crosshair, opacity, camera } = controller.local;
    expect({ masksHidden, crosshair, opacity, zoom: camera.zoom }).toEqual({
      masksHidden: false,
      crosshair: false,
      opacity: 0.45,
      zoom: 1.25,
    });
    type("h", "0", "?");
    expect([controller.local.masksHidden, controller.local.camera.zoom, controller.local.helpOpen]).toEqual([
      true,
      1,
      true,
    ]);
  });
});
