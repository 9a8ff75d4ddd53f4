import { beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../kernel-ext/comm/comm.js";
import { CellHistory } from "../../../kernel-ext/execute/history.js";

describe("the history", () => {
  let history: CellHistory;
  beforeEach(() => {
    history = new CellHistory();
    history.add(1, "const a = 1;");
    history.add(2, "a + 1");
    history.setOutput(2, "2");
    history.add(3, "f(a)");
    history.add(4, "a + 1");
  });
  const ask = (request: JsonObject) => history.reply(request).history;

  it("gives its tail", () => {
    expect(ask({ hist_access_type: "tail", n: 2 })).toEqual([
      [1, 3, "f(a)"],
      [1, 4, "a + 1"],
    ]);
    expect(ask({ hist_access_type: "tail", n: 0 })).toEqual([]);
  });

  it("gives outputs when asked", () => {
    expect(ask({ hist_access_type: "range", session: 0, start: 1, stop: 3, output: true })).toEqual([
      [1, 1, ["const a = 1;", null]],
      [1, 2, ["a + 1", "2"]],
    ]);
  });

  it("knows no session but its own", () => {
    expect(ask({ hist_access_type: "range", session: 7, start: 1, stop: 3 })).toEqual([]);
  });

  it("searches by shell pattern, each input once if wanted", () => {
    expect(ask({ hist_access_type: "search", pattern: "a ? 1" })).toHaveLength(2);
    expect(ask({ hist_access_type: "search", pattern: "a + *", unique: true })).toEqual([[1, 4, "a + 1"]]);
    expect(ask({ hist_access_type: "search", pattern: "f(*)" })).toEqual([[1, 3, "f(a)"]]);
    expect(ask({ hist_access_type: "search", pattern: "*", n: 1 })).toEqual([[1, 4, "a + 1"]]);
  });
});
