import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setKernelContext } from "../../../kernel-ext/context.js";
import { clearOutput, display, isDisplayHandle } from "../../../kernel-ext/display/public.js";
import { FakeComms } from "../support/fake-comms.js";

describe("display()", () => {
  let shown: unknown[];
  let work: Promise<unknown>[];
  beforeEach(() => {
    shown = [];
    work = [];
    setKernelContext({
      comms: new FakeComms(),
      signal: new AbortController().signal,
      display: (bundle, options) => shown.push([bundle, options]),
      keepBusy: (promise) => work.push(promise),
      clearOutput: (wait) => shown.push(`clear ${wait}`),
    });
  });
  afterEach(() => setKernelContext(undefined));

  it("shows a value or a bundle, and changes it in its place", () => {
    const handle = display({ "text/html": "1" }, { displayId: "d" });
    handle.update(2);
    expect(shown).toEqual([
      [
        { "text/html": "1", "text/plain": "text/html" },
        { displayId: "d", update: false, metadata: {} },
      ],
      [{ "text/plain": "2" }, { displayId: "d", update: true, metadata: {} }],
    ]);
    expect(display(3).id).not.toBe(display(3).id);
  });

  it("gives what takes its time its place at once, keeps the order, and makes the cell wait for it", async () => {
    const slow = {
      toString: () => "slow",
      [Symbol.for("Jupyter.display")]: async () => {
        await new Promise((resolve) => setTimeout(resolve, 2));
        return { "text/plain": "slow" };
      },
    };
    display(slow, { displayId: "d" }).update("next");
    display("below");
    expect(shown).toEqual([
      [{ "text/plain": expect.stringContaining("toString") }, { displayId: "d", update: false, metadata: {} }],
      [{ "text/plain": "'below'" }, expect.objectContaining({ update: false })],
    ]);
    await Promise.all(work);
    expect(shown.slice(2)).toEqual([
      [{ "text/plain": "slow" }, { displayId: "d", update: true, metadata: {} }],
      [{ "text/plain": "'next'" }, { displayId: "d", update: true, metadata: {} }],
    ]);
  });

  it("sends metadata, the call's beside the value's own", () => {
    const sized = {
      [Symbol.for("Jupyter.display")]: () => [{ "image/png": "x" }, { "image/png": { width: 4, height: 3 } }],
    };
    display(sized, { metadata: { "image/png": { width: 8 }, "text/plain": { a: 1 } } });
    expect(shown).toEqual([
      [
        { "image/png": "x", "text/plain": expect.any(String) },
        expect.objectContaining({ metadata: { "image/png": { width: 8, height: 3 }, "text/plain": { a: 1 } } }),
      ],
    ]);
  });

  it("returns a handle that is known as one", () => {
    expect(isDisplayHandle(display(1))).toBe(true);
    expect(isDisplayHandle({ id: "x", update: () => {} })).toBe(false);
  });

  it("clears", () => {
    clearOutput({ wait: true });
    expect(shown).toEqual(["clear true"]);
  });

  it("outside a notebook says where it belongs", () => {
    setKernelContext(undefined);
    expect(() => display(1)).toThrow("display needs a running samlab kernel. Call it from a notebook cell");
  });
});
