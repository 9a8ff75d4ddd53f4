import { describe, expect, it } from "vitest";
import { VIEW_MIME } from "../../../kernel-ext/comm/widget-model.js";
import { chartDice } from "../../../kernel-ext/widgets/dice-chart/chart-dice.js";
import { settle } from "./controlled-sam.js";
import { row } from "./dice-chart-rows.js";
import { RecordingHost } from "./recording-host.js";

const rows = [row({ dice: 0.5, slice: 4 }), row({ dice: 0.75, slice: 6 })];
const point = (n: number) => ({ kind: "select", target: { of: "point", point: n } }) as const;

/** A chart whose widgets come when the test lets them. */
function start() {
  const host = new RecordingHost();
  const asked: {
    readonly slice: number;
    readonly give: (widget: unknown) => void;
    readonly fail: (e: Error) => void;
  }[] = [];
  const open = ({ slice }: { slice: number }) =>
    new Promise((give, fail) => {
      asked.push({ slice, give, fail });
    });
  const chart = chartDice(rows, { host, open });
  const opened = () => Object.assign({}, ...host.sent.map(({ data }) => data.state)).opened;
  return { host, chart, asked, opened };
}

function widget(id: string) {
  const closed: string[] = [];
  const display = () => ({ [VIEW_MIME]: { model_id: id } });
  return { closed, close: () => closed.push(id), [Symbol.for("Jupyter.display")]: display };
}

describe("a click on a point", () => {
  it("opens what is made for its row, and closes it for the next", async () => {
    const { host, asked, opened } = start();
    expect(Object.assign({}, host.sent[0].data.state)).toMatchObject({ opens: true, opened: null });
    void host.intend(point(1));
    await settle();
    const title = expect.stringContaining("slice 6");
    expect([asked[0].slice, opened()]).toEqual([6, { title, model: "", problem: "" }]);
    const first = widget("first");
    asked[0].give(first);
    await settle();
    expect(opened()).toEqual({ title, model: "first", problem: "" });
    void host.intend(point(0));
    await settle();
    expect([first.closed, opened().model]).toEqual([["first"], ""]);
    const second = widget("second");
    asked[1].give(second);
    await settle();
    expect(opened().model).toBe("second");
    await host.intend({ kind: "deselect" });
    expect([second.closed, opened()]).toEqual([["second"], null]);
  });

  it("shows only what was asked for last", async () => {
    const { host, asked, opened } = start();
    void host.intend(point(0));
    void host.intend(point(1));
    await settle();
    const [late, last] = [widget("late"), widget("last")];
    asked[1].give(last);
    await settle();
    asked[0].give(late);
    await settle();
    expect([opened().model, late.closed, last.closed]).toEqual(["last", ["late"], []]);
  });

  it("says why nothing could be opened", async () => {
    const { host, asked, opened } = start();
    void host.intend(point(0));
    await settle();
    asked[0].fail(new Error("The file is gone."));
    await settle();
    expect(opened()).toMatchObject({ model: "", problem: "The file is gone." });
    void host.intend(point(0));
    await settle();
    asked[1].give({ no: "widget" });
    await settle();
    expect(opened().problem).toContain("What was opened is not a widget.");
  });

  it("is closed with a mean, and with the chart", async () => {
    const { host, chart, asked, opened } = start();
    for (const end of [
      () => host.intend({ kind: "select", target: { of: "cell", group: 0, series: 0 } }),
      () => chart.close(),
    ]) {
      void host.intend(point(0));
      await settle();
      const shown = widget("w");
      asked.at(-1)?.give(shown);
      await settle();
      expect(opened().model).toBe("w");
      await end();
      expect(shown.closed).toEqual(["w"]);
    }
  });

  it("opens nothing where nothing was given", async () => {
    const host = new RecordingHost();
    chartDice(rows, { host });
    await host.intend(point(0));
    expect(Object.assign({}, ...host.sent.map(({ data }) => data.state))).toMatchObject({ opens: false, opened: null });
  });
});
