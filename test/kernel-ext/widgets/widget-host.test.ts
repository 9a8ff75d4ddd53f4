import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type MimeBundle, setKernelContext } from "../../../kernel-ext/context.js";
import { WidgetHost, type WidgetParts } from "../../../kernel-ext/widgets/shared/widget-host.js";
import { settle } from "./controlled-sam.js";
import { fakeCells } from "./fake-cells.js";
import { RecordingHost } from "./recording-host.js";

interface State {
  readonly count: number;
  readonly slow: number;
  readonly handled: { readonly [view: string]: number };
}
interface Add {
  readonly kind: "add";
}

function start(parts: Partial<WidgetParts<State, Add>> = {}) {
  const comms = new RecordingHost();
  const state = { count: 0, slow: 0 };
  const host = new WidgetHost<State, Add>(comms, {
    modelName: "CountModel",
    viewName: "CountView",
    state: () => ({ ...state }),
    parse: ({ kind, view, seq }) =>
      kind === "add"
        ? { ok: true, intent: { kind, view: String(view), seq: Number(seq) } }
        : { ok: false, problem: "what it does not know" },
    handle: () => {
      state.count++;
    },
    still: () => ({ "text/plain": "count" }),
    ...parts,
  });
  comms.take();
  return { comms, host, state };
}

describe("the kernel side of a widget", () => {
  it("sends what an intent has changed together with its number, and the number alone if nothing has", async () => {
    const { comms } = start();
    await comms.intend({ kind: "add" });
    expect(comms.takeStates()).toEqual([{ count: 1, handled: { v: 1 } }]);
    const idle = start({ handle: () => {} });
    await idle.comms.intend({ kind: "add" });
    expect(idle.comms.takeStates()).toEqual([{ handled: { v: 1 } }]);
  });

  it("says what it ignored, once, and counts it as handled: no view waits for it, or sends it again", async () => {
    const { comms } = start();
    const content = { kind: "note", text: "The kernel ignored what it does not know." };
    for (let times = 0; times < 2; times++)
      await comms.receive({ method: "custom", content: { kind: "sing", view: "v", seq: 1 } });
    const [note, ...rest] = comms.take().map(({ data }) => data);
    expect(note).toEqual({ method: "custom", content });
    expect(rest).toMatchObject([{ state: { handled: { v: 1 } } }]);
    await comms.receive({ method: "custom", content: { kind: "sing" } });
    expect(comms.take()).toMatchObject([{ data: { content } }]);
  });

  it("handles an intent once that a view sends again, and those after it", async () => {
    const { comms, state } = start();
    for (const seq of [1, 2, 1, 2, 3])
      await comms.receive({ method: "custom", content: { kind: "add", view: "v", seq } });
    expect(state.count).toBe(3);
  });

  it("goes on sending, now and then, in a turn that takes long", () => {
    const now = vi.spyOn(performance, "now").mockReturnValue(0);
    try {
      const { comms, host, state } = start();
      for (let n = 0; n < 20; n++) {
        now.mockReturnValue(10 * n);
        state.count++;
        host.changed();
      }
      // Eight at once, then one every 50 ms.
      expect(comms.takeStates().map(({ count }) => count)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 13, 18]);
    } finally {
      now.mockRestore();
    }
  });

  it("remembers the numbers of eight views", async () => {
    const { comms, host } = start();
    for (let n = 0; n < 12; n++) {
      await comms.receive({ method: "custom", content: { kind: "add", view: `v${n % 10}`, seq: n } });
    }
    expect(host.now.handled).toEqual({ v4: 4, v5: 5, v6: 6, v7: 7, v8: 8, v9: 9, v0: 10, v1: 11 });
  });

  it("lets a change wait for others, and sends all at once with one that does not", () => {
    vi.useFakeTimers();
    try {
      const { comms, host, state } = start({ delay: (changed) => (changed.count === undefined ? 50 : 0) });
      state.slow = 1;
      host.changed();
      expect([comms.take(), host.now.slow]).toEqual([[], 1]);
      vi.advanceTimersByTime(50);
      expect(comms.takeStates()).toEqual([{ slow: 1 }]);
      state.slow = 2;
      host.changed();
      state.count = 1;
      host.changed();
      expect(comms.takeStates()).toEqual([{ slow: 2, count: 1 }]);
      vi.advanceTimersByTime(50);
      expect(comms.take()).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("sends changes at once, and those of a loop together at its end", async () => {
    const { comms, host, state } = start();
    const loop = () => {
      for (let n = 0; n < 50; n++) {
        state.count++;
        host.changed();
      }
    };
    loop();
    await settle();
    const counts = comms.takeStates().map(({ count }) => count);
    expect([counts[0], counts.at(-1), counts.length < 10]).toEqual([1, 50, true]);
    state.count++;
    host.changed();
    expect(comms.takeStates()).toEqual([{ count: 51 }]);
    loop();
    host.close();
    comms.take();
    await settle();
    expect(comms.take()).toEqual([]);
  });

  it("tells listeners of changes, until they leave or the widget is closed", async () => {
    const closed = vi.fn();
    const { comms, host, state } = start({ closed });
    const heard = [0, 0];
    const leave = host.listen(() => heard[0]!++);
    host.listen(() => heard[1]!++);
    state.count = 1;
    host.changed();
    host.changed();
    await settle();
    leave();
    state.count = 2;
    host.changed();
    await settle();
    expect(heard).toEqual([1, 2]);
    host.close();
    host.close();
    comms.take();
    state.count = 3;
    host.changed();
    await settle();
    expect([heard, comms.take(), host.now.count, closed.mock.calls.length]).toEqual([[1, 2], [], 3, 1]);
  });
});

describe("a widget whose cell runs again", () => {
  afterEach(() => setKernelContext(undefined));

  /** Makes a widget in cell `a`. */
  function startInCell() {
    const { begin, end } = fakeCells();
    begin("a");
    const [released, closed] = [vi.fn(), vi.fn()];
    const started = start({ released, closed });
    const run = async (id: string | undefined, shows = false) => {
      begin(id);
      if (shows) await started.host.shown();
      end();
    };
    const isOpen = () => released.mock.calls.length === 0;
    return { ...started, run, end, isOpen, released, closed };
  }

  const types = (comms: RecordingHost) => comms.take().map(({ type }) => type);

  it("leaves its comm when all outputs that showed it are replaced", async () => {
    const { comms, host, end, run, isOpen, closed } = startInCell();
    await host.shown();
    end();
    await run("b");
    await run("a", true);
    await run("b", true);
    await run("a");
    expect([isOpen(), types(comms)]).toEqual([true, []]);
    await run("b");
    expect([isOpen(), types(comms), closed.mock.calls.length]).toEqual([false, ["close"], 0]);
    await run("b");
    host.close();
    host.close();
    expect([types(comms), closed.mock.calls.length]).toEqual([[], 1]);
  });

  it("that made it without showing it is replaced too", async () => {
    const { run, isOpen } = startInCell();
    await run("a");
    expect(isOpen()).toBe(false);
  });

  it("stays where the front end gives no ids of cells", async () => {
    const { run, isOpen } = startInCell();
    await run(undefined);
    await run(undefined, true);
    expect(isOpen()).toBe(true);
  });

  it("goes on in code that holds it, and is there again when that shows it", async () => {
    const { comms, host, state, run } = startInCell();
    const heard = vi.fn();
    host.listen(heard);
    state.count = 1;
    host.changed();
    await run("a");
    comms.take();
    state.count = 2;
    host.changed();
    await settle();
    expect([types(comms), host.now.count, heard.mock.calls.length]).toEqual([[], 2, 2]);
    await run("b", true);
    const [opened, ...others] = comms.take();
    expect([opened!.type, opened!.data.state, others]).toEqual([
      "open",
      expect.objectContaining({ count: 2, _model_name: "CountModel" }),
      [],
    ]);
    state.count = 3;
    host.changed();
    await comms.intend({ kind: "add" });
    expect(comms.takeStates().at(-1)).toMatchObject({ count: 4 });
    await run("b");
    expect(types(comms)).toEqual(["close"]);
  });
});

describe("the picture beside a widget", () => {
  const shown: MimeBundle[] = [];
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    setKernelContext({
      comms: new RecordingHost(),
      signal: new AbortController().signal,
      display: (bundle) => void shown.push(bundle),
    });
  });
  afterEach(() => {
    setKernelContext(undefined);
    vi.useRealTimers();
    shown.length = 0;
  });

  function startShown() {
    const made = start({ still: () => ({ "text/plain": `count ${made.state.count}` }) });
    made.host.show({ "text/plain": "at first" });
    const pictures = () =>
      made.comms.take().flatMap(({ data }) => (Object(data.content).kind === "picture" ? [data.content] : []));
    return { ...made, pictures };
  }

  it("is renewed after a change, and now and then while changes follow each other", async () => {
    const { host, state } = startShown();
    for (let n = 0; n < 110; n++) {
      state.count++;
      host.changed();
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(shown.length).toBe(2);
    await vi.advanceTimersByTimeAsync(500);
    expect(shown.at(-1)).toMatchObject({ "text/plain": "count 110" });
  });

  it("is sent to a page that was not there, or not connected, when it changed", async () => {
    const { comms, host, state, pictures } = startShown();
    await comms.receive({ method: "custom", content: { kind: "seen" } });
    state.count = 7;
    host.changed();
    await vi.advanceTimersByTimeAsync(500);
    expect(pictures()).toEqual([]);
    const expected = [{ kind: "picture", data: { "text/plain": "count 7" }, isWhole: false }];
    await comms.receive({ method: "request_state" });
    await vi.advanceTimersByTimeAsync(500);
    expect(pictures()).toEqual(expected);
    // Its view is made later.
    await comms.receive({ method: "custom", content: { kind: "seen" } });
    await vi.advanceTimersByTimeAsync(500);
    expect(pictures()).toEqual(expected);
  });
});
