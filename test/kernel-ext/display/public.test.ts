import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setKernelContext } from "../../../kernel-ext/context.js";
import { clearOutput, display } from "../../../kernel-ext/display/public.js";
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
      [{ "text/html": "1" }, { displayId: "d", update: false }],
      [{ "text/plain": "2" }, { displayId: "d", update: true }],
    ]);
    expect(display(3).id).not.toBe(display(3).id);
  });

  it("keeps the order when a picture takes its time, and the cell waits for it", async () => {
    const slow = {
      [Symbol.for("Jupyter.display")]: async () => {
        await new Promise((resolve) => setTimeout(resolve, 2));
        return { "text/plain": "slow" };
      },
    };
    display(slow, { displayId: "d" }).update("next");
    expect(shown).toEqual([]);
    await Promise.all(work);
    expect(shown).toEqual([
      [{ "text/plain": "slow" }, { displayId: "d", update: false }],
      [{ "text/plain": "'next'" }, { displayId: "d", update: true }],
    ]);
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
