import { beforeEach, describe, expect, it } from "vitest";
import type { CellOutcome } from "../../../kernel-ext/engine/engine.js";
import { CellQueue, type CellRunner } from "../../../kernel-ext/execute/cell-queue.js";
import { CellHistory } from "../../../kernel-ext/execute/history.js";
import { fakeRequest, recordingWire } from "../support/requests.js";

const FAILED: CellOutcome = { status: "error", error: { ename: "Boom", evalue: "", traceback: [] } };

/** Runs a cell by its code: "fail" fails, "hang" never ends, anything else gives its code. */
const runner: CellRunner = {
  run(code) {
    if (code === "hang") return new Promise(() => {});
    return Promise.resolve(code === "fail" ? FAILED : { status: "ok", value: code });
  },
  inspect: async (name) => (name === "known" ? { text: "what it is", markdown: "" } : null),
  isComplete: async () => ({ status: "complete" }),
  interrupt() {},
};

const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("the cell queue", () => {
  let wire: ReturnType<typeof recordingWire>;
  let queue: CellQueue;
  const push = (code: string, options = {}) => queue.push(fakeRequest("execute_request", { code, ...options }));
  beforeEach(() => {
    wire = recordingWire();
    queue = new CellQueue(wire, () => runner, new CellHistory());
  });

  it("runs cells one after the other, each from busy to idle", async () => {
    push("a");
    push("b");
    await soon();
    expect(wire.log).toEqual([
      "a busy",
      'execute_input "a"',
      `execute_result {"text/plain":"'a'"}`,
      'a reply "ok"',
      "a idle",
      "b busy",
      'execute_input "b"',
      `execute_result {"text/plain":"'b'"}`,
      'b reply "ok"',
      "b idle",
    ]);
  });

  it("ends a cell after the last work that is due then, whether it succeeded or failed", async () => {
    const works: (() => void)[] = [];
    queue.beforeEnd(() => (works.length < 2 ? new Promise<void>((resolve) => works.push(resolve)) : undefined));
    push("a");
    await soon();
    expect(wire.log.at(-1)).toBe('execute_input "a"');
    works[0]!();
    await soon();
    expect(wire.log.at(-1)).toBe("a idle");
    push("fail");
    await soon();
    expect(wire.log.at(-1)).toBe('execute_input "fail"');
    works[1]!();
    await soon();
    wire.passFences();
    expect(wire.log.at(-1)).toBe("fail idle");
    push("b");
    await soon();
    expect(wire.log.at(-1)).toBe("b idle");
  });

  it("does no last work for a silent cell, whose outputs are not published", async () => {
    let works = 0;
    queue.beforeEnd(() => {
      works++;
      return undefined;
    });
    push("a", { silent: true });
    await soon();
    expect([wire.log.at(-1), works]).toEqual(["a idle", 0]);
    push("a");
    await soon();
    expect(works).toBe(1);
  });

  it("aborts what was queued when a cell failed, and runs what comes later", async () => {
    push("fail");
    push("queued");
    await soon();
    expect(wire.log.slice(2)).toEqual(['error "Boom"']);
    wire.passFences();
    push("later");
    await soon();
    expect(wire.log.slice(3, 9)).toEqual([
      'fail reply "error"',
      "fail idle",
      "queued busy",
      'queued reply "aborted"',
      "queued idle",
      "later busy",
    ]);
    expect(wire.log.at(-1)).toBe("later idle");
  });

  it("goes on after an error when the front end wants that", async () => {
    push("fail", { stop_on_error: false });
    push("next");
    await soon();
    expect(wire.log).toContain('next reply "ok"');
  });

  it("answers an interrupted cell though its promise never settles", async () => {
    push("hang");
    push("queued");
    await soon();
    queue.interrupt();
    wire.passFences();
    push("later");
    await soon();
    expect(wire.log.slice(2)).toEqual([
      'error "Interrupted"',
      'hang reply "error"',
      "hang idle",
      "queued busy",
      'queued reply "aborted"',
      "queued idle",
      "later busy",
      'execute_input "later"',
      `execute_result {"text/plain":"'later'"}`,
      'later reply "ok"',
      "later idle",
    ]);
  });

  it("answers a cell once when the interrupt comes as it ends", async () => {
    push("a");
    queue.interrupt();
    wire.passFences();
    await soon();
    expect(wire.log.filter((line) => line.startsWith("a reply"))).toEqual(['a reply "error"']);
  });

  it("is not touched by an interrupt while idle", async () => {
    queue.interrupt();
    wire.passFences();
    expect(wire.log).toEqual([]);
  });

  it("is quiet about a silent cell, and counts only what is stored", async () => {
    push("a", { silent: true });
    push("fail", { silent: true, stop_on_error: false });
    await soon();
    expect(wire.log).toEqual(["a busy", 'a reply "ok"', "a idle", "fail busy", 'fail reply "error"', "fail idle"]);
  });

  it("explains a name with a question mark", async () => {
    push("known?");
    push("unknown?");
    await soon();
    expect(wire.log).toContain('known? reply "ok"');
    expect(wire.log).toContain('error "ReferenceError"');
  });
});
