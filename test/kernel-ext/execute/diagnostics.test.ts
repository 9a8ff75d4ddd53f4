import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { describeDiagnostics } from "../../../kernel-ext/execute/diagnostics.js";

const at = (line: number, start: number, end: number) => ({
  start: { offset: start, line, character: start },
  end: { offset: end, line, character: end },
  category: 1,
});
const describePlain = (...[diagnostics, source]: [Parameters<typeof describeDiagnostics>[0], string]) => {
  const error = describeDiagnostics(diagnostics, "Cell [3]", source, () => "line of the other file");
  return { ...error, traceback: error.traceback.map(stripVTControlCharacters) };
};

describe("the error of a cell that does not type-check", () => {
  it("shows the place, the line and what is wrong with it", () => {
    const wrong = { ...at(0, 6, 7), messageText: "Type 'string' is not assignable to type 'number'.", code: 2322 };
    expect(describePlain([wrong], 'const z: number = "s";')).toEqual({
      ename: "TypeScript error",
      evalue: "Type 'string' is not assignable to type 'number'.",
      traceback: [
        "Cell [3]:1:7 - error TS2322: Type 'string' is not assignable to type 'number'.",
        "",
        '1 const z: number = "s";',
        "        ~",
      ],
    });
  });

  it("sets the links of one chain below each other", () => {
    const head = { ...at(0, 0, 1), messageText: "Argument is wrong.", code: 2345 };
    const link = { ...at(0, 0, 1), messageText: "Property 'x' is missing.", code: 2741 };
    expect(describePlain([head, link], "f").traceback.slice(0, 2)).toEqual([
      "Cell [3]:1:1 - error TS2345: Argument is wrong.",
      "  Property 'x' is missing.",
    ]);
  });

  it("leaves out what follows from a syntax error", () => {
    const consequence = { ...at(0, 9, 10), messageText: "has or is using private name", code: 4025 };
    const cause = { ...at(0, 10, 11), messageText: "Type expected.", code: 1110 };
    expect(describePlain([consequence, cause], "const c: = 3").evalue).toBe("Type expected.");
  });

  it("names another file, says how to get a missing package, and widens tabs", () => {
    const missing = {
      ...at(0, 1, 3),
      fileName: "util.ts",
      messageText: "Cannot find module 'd3' or its …",
      code: 2307,
    };
    expect(describePlain([missing], "").traceback).toEqual([
      "util.ts:1:2 - error TS2307: Cannot find module 'd3' or its …",
      "→ Install it beside the notebook: npm install d3",
      "",
      "1 line of the other file",
      "   ~~",
    ]);
    const tab = { ...at(0, 1, 2), messageText: "m", code: 2304 };
    expect(describePlain([tab], "\tx").traceback.slice(-2)).toEqual(["1   x", "    ~"]);
  });
});
