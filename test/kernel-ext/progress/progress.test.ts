import { getEventListeners } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JsonObject } from "../../../kernel-ext/comm/comm.js";
import { type CellEnd, setKernelContext } from "../../../kernel-ext/context.js";
import { Bar } from "../../../kernel-ext/progress/bar.js";
import { type Progress, progress } from "../../../kernel-ext/progress/public.js";
import { progressHtml, progressLine } from "../../../kernel-ext/progress/still.js";
import { TerminalBoard } from "../../../kernel-ext/progress/terminal-board.js";
import { detailText, type ProgressRow, type ProgressState } from "../../../src/protocol/progress.js";
import { FakeComms } from "../support/fake-comms.js";

const row: ProgressRow = {
  id: 1,
  label: "slices",
  unit: "it",
  done: 45,
  total: 100,
  elapsed: 3,
  rate: 15,
  phase: "running",
};

describe("a bar as text", () => {
  it.each<[Partial<ProgressRow>, string, string]>([
    [
      {},
      "slices:  45 %|██████████▊             | 45/100 [0:03<0:04, 15.0 it/s]",
      "45/100 · 15.0 it/s · 0:03, 0:04 left",
    ],
    [
      { done: 100, phase: "done", rate: 20, elapsed: 5 },
      "slices: 100 %|████████████████████████| 100/100 [0:05, 20.0 it/s]",
      "100/100 · 20.0 it/s · 0:05",
    ],
    [
      { phase: "canceled" },
      "slices:  45 %|██████████▊             | 45/100 [0:03, 15.0 it/s] canceled",
      "45/100 · 15.0 it/s · 0:03 · canceled",
    ],
    [
      { total: null, label: "", unit: "case", rate: 0.25, elapsed: 3725 },
      "45 case [1:02:05, 4.00 s/case]",
      "45 case · 4.00 s/case · 1:02:05",
    ],
    [{ done: 0, rate: null, elapsed: 0 }, "slices:   0 %|                        | 0/100 [0:00<?]", "0/100 · 0:00"],
    [
      { unit: "B", done: 1_234_567, total: 2e9, rate: 1.5e6 },
      "slices:   0 %|                        | 1.23 MB of 2.00 GB [0:03<22:13, 1.50 MB/s]",
      "1.23 MB of 2.00 GB · 1.50 MB/s · 0:03, 22:13 left",
    ],
    [
      { done: 999, total: 1000, rate: 1000 },
      "slices:  99 %|████████████████████████| 999/1000 [0:03<0:00, 1000 it/s]",
      "999/1000 · 1000 it/s · 0:03, 0:00 left",
    ],
    [
      { done: 0, total: 0, phase: "done", rate: null, elapsed: 0 },
      "slices: 100 %|████████████████████████| 0/0 [0:00]",
      "0/0 · 0:00",
    ],
  ])("%o", (change, line, detail) => {
    expect(progressLine({ ...row, ...change })).toBe(line);
    expect(detailText({ ...row, ...change })).toBe(detail);
  });

  it.each([
    ["running", 0],
    ["canceled", 0],
    ["failed", 0],
    ["stopped", 100],
    ["done", 100],
  ] as const)("of an unknown total, %s, is filled to %i %%", (phase, percent) => {
    expect(progressHtml([{ ...row, total: null, phase }])).toContain(`width:${percent}.0%`);
  });

  it("is safe in HTML", () => {
    expect(progressHtml([{ ...row, label: "<b>" }])).toContain("&lt;b&gt;");
    expect(progressHtml([row])).toContain('aria-valuenow="45"');
  });
});

/** A cell of a notebook, as progress() sees it. */
class Cell {
  readonly comms = new FakeComms();
  readonly shown: { data: Record<string, string>; update: boolean }[] = [];
  readonly #handlers: ((how: CellEnd) => void)[] = [];

  constructor() {
    setKernelContext({
      comms: this.comms,
      signal: new AbortController().signal,
      display: (data, { update = false } = {}) =>
        void this.shown.push({ data: data as Record<string, string>, update }),
      atEnd: (handler) => void this.#handlers.push(handler),
    });
  }

  end(how: CellEnd): void {
    for (const handler of this.#handlers) handler(how);
  }

  /** The states of the widget, in order. */
  get states(): ProgressState[] {
    return this.comms.sent
      .filter(({ type, data }) => type === "open" || (type === "msg" && data.method === "update"))
      .map(({ data }) => data.state as unknown as ProgressState);
  }

  get lines(): string[] {
    return this.shown
      .at(-1)!
      .data["text/plain"]!.split("\n")
      .map((line) =>
        line
          .replace(/\|.*\||\[.*\]/g, " ")
          .replace(/\s+/g, " ")
          .trim(),
      );
  }

  /** What replaced the output in reloaded pages, or was put beside the widget. */
  get pictures() {
    return this.comms.sent
      .map(({ data }) => data.content as { kind: string; isWhole: boolean; data: object } | undefined)
      .filter((content) => content?.kind === "picture")
      .map((content) => ({ isWhole: content!.isWhole, data: content!.data }));
  }

  click(kind = "cancel"): Promise<void> {
    return this.#receive({ method: "custom", content: { kind, view: "v", seq: 1 } });
  }

  /** A page that is loaded asks for the widget. */
  reload(): Promise<void> {
    return this.#receive({ method: "request_state" });
  }

  #receive(message: JsonObject): Promise<void> {
    return this.comms.receive(this.comms.sent.find(({ type }) => type === "open")!.id, message);
  }
}

describe("progress() in a notebook", () => {
  let cell: Cell;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    cell = new Cell();
  });
  afterEach(() => {
    setKernelContext(undefined);
    vi.useRealTimers();
  });

  it("gives the items, shows a widget after a moment that is sent no more than ten states a second, and ends as HTML", () => {
    const seen: number[] = [];
    for (const n of progress(
      Array.from({ length: 1000 }, (_, n) => n),
      { label: "numbers" },
    )) {
      seen.push(n);
      vi.advanceTimersByTime(2);
    }
    expect(seen).toHaveLength(1000);
    expect(cell.states.length).toBeGreaterThan(10);
    expect(cell.states.length).toBeLessThan(25);
    expect(cell.states.at(-1)!.rows).toMatchObject([{ label: "numbers", done: 1000, total: 1000, phase: "done" }]);
    expect(cell.shown.map(({ data }) => "application/vnd.jupyter.widget-view+json" in data)).toEqual([
      false,
      true,
      false,
    ]);
    expect(Object.keys(cell.shown.at(-1)!.data).sort()).toEqual(["text/html", "text/plain"]);
    expect(cell.shown.at(-1)!.data["text/plain"]).toMatch(/^numbers: 100 %\|█+\| 1000\/1000 \[0:02, \d+ it\/s\]$/);
  });

  it("ends as HTML in a page that was reloaded meanwhile, which updates by display id do not reach", async () => {
    const failing = () => {
      for (const n of progress(40, { label: "steps" })) {
        vi.advanceTimersByTime(300);
        if (n === 5) void cell.reload();
        if (n === 20) throw new Error("x");
      }
    };
    expect(failing).toThrow("x");
    cell.end("error");
    vi.advanceTimersByTime(1_000);
    expect(cell.pictures).toEqual([{ isWhole: true, data: cell.shown.at(-1)!.data }]);
    expect(cell.lines).toEqual(["steps: 50 % 20/40 failed"]);
  });

  it("stays a widget after its cell in a reloaded page, until it ends", async () => {
    const bar = progress(2);
    vi.advanceTimersByTime(500);
    await cell.reload();
    expect(cell.states[0]!.isCellRunning).toBe(true);
    cell.end("ok");
    expect(cell.states.at(-1)).toEqual({ isCellRunning: false });
    expect(cell.pictures).toMatchObject([{ isWhole: false }]);
    bar.update();
    vi.advanceTimersByTime(500);
    expect(cell.states.at(-1)!.rows[0]!.done).toBe(1);
    bar.update();
    bar.close();
    vi.advanceTimersByTime(500);
    expect(cell.pictures.at(-1)).toEqual({ isWhole: true, data: cell.shown.at(-1)!.data });
  });

  it("is shown as HTML by a page that was closed at its end and is opened again", async () => {
    for (const _ of progress(2)) vi.advanceTimersByTime(500);
    vi.advanceTimersByTime(60_000);
    expect(cell.pictures).toEqual([]);
    await cell.reload();
    expect(cell.states.at(-1)!.rows).toMatchObject([{ done: 2, phase: "done" }]);
    await cell.click("seen");
    vi.advanceTimersByTime(500);
    expect(cell.pictures).toEqual([{ isWhole: true, data: cell.shown.at(-1)!.data }]);
  });

  it("leaves the widgets of the last bars open, and closes older ones", () => {
    for (let n = 0; n < 40; n++) for (const _ of progress(2)) vi.advanceTimersByTime(500);
    const ids = (type: string) => cell.comms.sent.filter((sent) => sent.type === type).map(({ id }) => id);
    expect(ids("close")).toEqual(ids("open").slice(0, 8));
  });

  it("opens no widget for a loop that is over at once", () => {
    for (const _ of progress(3)) vi.advanceTimersByTime(1);
    vi.advanceTimersByTime(20_000);
    expect(cell.comms.sent).toEqual([]);
    expect(cell.lines).toEqual(["100 % 3/3"]);
  });

  it("sends the last count that was held back when nothing more comes", () => {
    const bar = progress(10);
    vi.advanceTimersByTime(500);
    bar.update();
    bar.update();
    expect(cell.states.at(-1)!.rows[0]!.done).toBe(1);
    vi.advanceTimersByTime(200);
    expect(cell.states.at(-1)!.rows[0]!.done).toBe(2);
  });

  it("counts what can be counted, and takes the total from what is looped over", () => {
    expect([...progress(3)]).toEqual([0, 1, 2]);
    const totals = [[1, 2], new Set([1]), "né", new Uint8Array(4), [].values()].map(
      (of) => progress(of as number[]).total,
    );
    expect(totals).toEqual([2, 1, 2, 4, null]);
    for (const wrong of [Number.NaN, -1, {}, null, undefined]) {
      expect(() => progress(wrong as number)).toThrow("progress cannot use");
    }
    expect(() => progress(2).update(Number.NaN)).toThrow("progress cannot use NaN as count");
  });

  it("says how it ended: by break, by an error of the cell, by an interrupt, or not at all", () => {
    for (const _ of progress(5, { label: "broken off" })) break;
    vi.advanceTimersByTime(500);
    cell.end("error");
    expect(cell.lines).toEqual(["broken off: 0 % 0/5 stopped"]);

    cell = new Cell();
    const failing = () => {
      for (const n of progress(5)) if (n === 2) throw new Error("x");
    };
    expect(failing).toThrow("x");
    cell.end("error");
    expect(cell.lines).toEqual(["40 % 2/5 failed"]);

    cell = new Cell();
    const bar = progress(5);
    cell.end("interrupted");
    expect(cell.lines).toEqual(["0 % 0/5 canceled"]);
    expect(() => bar.update()).not.toThrow();

    cell = new Cell();
    const background = progress(5);
    cell.end("ok");
    expect(Object.keys(cell.shown.at(-1)!.data)).not.toContain("application/vnd.jupyter.widget-view+json");
    background.update(5);
    background.close();
    expect(cell.lines).toEqual(["100 % 5/5"]);
  });

  it("is canceled by the button: the loop throws at its next round, and the signal is aborted", async () => {
    const seen: number[] = [];
    const bar = progress(100, { label: "l" });
    vi.advanceTimersByTime(500);
    const loop = async () => {
      for (const n of bar) {
        seen.push(n);
        if (n === 3) await cell.click();
      }
    };
    await expect(loop()).rejects.toMatchObject({ code: "canceled", message: "l: canceled after 4 of 100." });
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(bar.signal.aborted).toBe(true);
    expect(() => bar.update()).toThrow("canceled after 4 of 100");
    expect(cell.lines).toEqual(["l: 4 % 4/100 canceled"]);
    expect(cell.states.some(({ canceling }) => canceling)).toBe(true);
  });

  it("is canceled while it waits for the next item, and by a signal", async () => {
    let closed = false;
    async function* slow() {
      try {
        yield 1;
        await new Promise(() => {});
      } finally {
        closed = true;
      }
    }
    const loop = async () => {
      const bar = progress(slow());
      vi.advanceTimersByTime(500);
      for await (const _ of bar) setImmediate(() => void cell.click());
    };
    await expect(loop()).rejects.toMatchObject({ code: "canceled" });
    expect(closed).toBe(false);
    const aborted = AbortSignal.abort();
    expect(() => [...progress([1], { signal: aborted })]).toThrow("canceled after 0 of 1");
    const controller = new AbortController();
    const canceled = progress(3, { signal: controller.signal });
    controller.abort();
    expect(canceled.signal.aborted).toBe(true);
  });

  it("leaves nothing on a signal that many loops share", () => {
    const { signal } = new AbortController();
    for (const _ of progress(3, { signal }));
    const thrown = () => {
      for (const _ of progress(3, { signal })) throw new Error("in the loop");
    };
    expect(thrown).toThrow("in the loop");
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("shows nested bars in one place, each round of the inner one in the same row, one button for all", async () => {
    for (const _ of progress(3, { label: "outer" }))
      for (const _ of progress(2, { label: "inner" })) vi.advanceTimersByTime(50);
    expect(cell.shown.filter(({ update }) => !update)).toHaveLength(1);
    expect(cell.lines).toEqual(["outer: 100 % 3/3", "inner: 100 % 2/2"]);

    cell = new Cell();
    const [outer, inner] = [progress(2), progress(2, { leave: false })];
    vi.advanceTimersByTime(500);
    await cell.click();
    expect([outer, inner].map(({ signal }: Progress) => signal.aborted)).toEqual([true, true]);
    inner.close();
    outer.close();
    expect(cell.lines).toEqual(["0 % 0/2 canceled"]);
  });

  it("goes on as HTML where no widget is shown, and as a widget where one is", async () => {
    const bar = progress(10);
    vi.advanceTimersByTime(8_600);
    bar.update(5);
    vi.advanceTimersByTime(300);
    expect(cell.lines).toEqual(["50 % 5/10"]);
    expect(Object.keys(cell.shown.at(-1)!.data).sort()).toEqual(["text/html", "text/plain"]);

    cell = new Cell();
    progress(10);
    vi.advanceTimersByTime(500);
    await cell.click("seen");
    expect(cell.states.at(-1)).toEqual({ heard: "v" });
    vi.advanceTimersByTime(8_100);
    expect(cell.shown).toHaveLength(2);
    await cell.comms.receive("id1", { method: "custom", content: { kind: "dance", view: "v", seq: 2 } });
    expect(cell.comms.sent.at(-1)!.data).toMatchObject({ content: { kind: "note" } });
  });
});

describe("progress outside a notebook", () => {
  const written = (isTTY: boolean) => {
    let text = "";
    let time = 0;
    const write = (more: string) => {
      text += more;
    };
    const wait = (seconds: number) => {
      time += seconds;
    };
    const out = { isTTY, columns: 60, write };
    const board = new TerminalBoard(out, () => time);
    const bar = (label: string, total: number) =>
      new Bar({ label, unit: "it", total, leave: true, board, now: () => time });
    return { bar, text: () => text, wait };
  };

  it("overwrites its lines on a terminal, and leaves the outermost bar", () => {
    const { bar, text, wait } = written(true);
    const outer = bar("outer", 2);
    const inner = bar("inner", 2);
    wait(1);
    inner.update(1);
    inner.write("a word");
    inner.end("done");
    outer.end("done");
    expect(text().split("\u001b[2K").at(-1)).toMatch(/^outer: +0 %\|.*\| 0\/2 \[0:01\]\n$/);
    expect(text()).toContain("a word\n");
    // A line that is longer than the terminal is wide would wrap.
    const lines = stripVTControlCharacters(text()).split(/[\n\r]/);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(60);
  });

  it("writes a line now and then elsewhere, and the last", () => {
    const { bar, text, wait } = written(false);
    const one = bar("", 1000);
    for (let n = 0; n < 250; n++) {
      wait(0.1);
      one.update(4);
    }
    one.end("done");
    expect(
      text()
        .split("\n")
        .map((line) => line.slice(0, 5).trim()),
    ).toEqual(["0 %", "40 %", "80 %", "100 %", ""]);
    expect(text()).not.toContain("\u001b");
  });
});
