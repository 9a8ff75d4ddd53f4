import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { Finding } from "../../../kernel-ext/engine/protocol.js";
import { describeFindings } from "../../../kernel-ext/execute/diagnostics.js";

const finding = (text: string, rest: Partial<Finding> = {}): Finding => ({
  code: 2322,
  messages: [{ text, depth: 0 }],
  file: undefined,
  line: 1,
  column: 1,
  length: 1,
  lineText: "f",
  ...rest,
});
const describePlain = (...findings: Finding[]) => {
  const error = describeFindings(findings, "Cell [3]");
  return { ...error, traceback: error.traceback.map(stripVTControlCharacters) };
};

describe("the error of a cell that does not type-check", () => {
  it("shows the place, the line and what is wrong with it", () => {
    const text = "Type 'string' is not assignable to type 'number'.";
    expect(describePlain(finding(text, { column: 7, lineText: 'const z: number = "s";' }))).toEqual({
      ename: "TypeScript error",
      evalue: text,
      traceback: [`Cell [3]:1:7 - error TS2322: ${text}`, "", '1 const z: number = "s";', "        ~"],
    });
  });

  it("sets the messages of one chain below each other, and findings apart", () => {
    const messages = [
      { text: "Argument is wrong.", depth: 0 },
      { text: "Property 'x' is missing.", depth: 1 },
    ];
    const { traceback, evalue } = describePlain(finding("", { code: 2345, messages }), finding("More."));
    expect(evalue).toBe("Argument is wrong.");
    expect(traceback).toEqual([
      "Cell [3]:1:1 - error TS2345: Argument is wrong.",
      "  Property 'x' is missing.",
      "",
      "1 f",
      "  ~",
      "",
      "Cell [3]:1:1 - error TS2322: More.",
      "",
      "1 f",
      "  ~",
    ]);
  });

  it("names another file, says what to do, and widens tabs", () => {
    const text = "Cannot find module 'd3' or its …";
    const remedy = "Install it beside the notebook: npm install d3";
    const place = { file: "util.ts", column: 2, length: 2, lineText: "line of the file" };
    const missing = finding(text, { code: 2307, ...place, remedy });
    expect(describePlain(missing).traceback).toEqual([
      "util.ts:1:2 - error TS2307: Cannot find module 'd3' or its …",
      "→ Install it beside the notebook: npm install d3",
      "",
      "1 line of the file",
      "   ~~",
    ]);
    const tab = finding("m", { column: 2, lineText: "\tx" });
    expect(describePlain(tab).traceback.slice(-2)).toEqual(["1   x", "    ~"]);
  });

  it("ends with the imported packages that were replaced after their types were read", () => {
    const { traceback } = describeFindings([finding("Wrong.")], "Cell [3]", [
      { name: "p", first: "1.0.0", now: "2.0.0" },
    ]);
    expect(traceback.map(stripVTControlCharacters).slice(-2)).toEqual([
      "",
      "→ The types are those of p 1.0.0 until the kernel is restarted; 2.0.0 was installed after they were read.",
    ]);
  });
});
