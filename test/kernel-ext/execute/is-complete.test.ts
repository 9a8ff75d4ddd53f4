import { createRequire } from "node:module";
import type * as TypeScript from "@tslab/typescript-for-tslab";
import { describe, expect, it } from "vitest";
import { completeness } from "../../../kernel-ext/execute/is-complete.js";

const require = createRequire(createRequire(import.meta.url).resolve("tslab/package.json"));
const ts = require("@tslab/typescript-for-tslab") as typeof TypeScript;

describe("is_complete", () => {
  it.each([
    "1 + 1",
    "const f = <T>(x: T) => x;",
    "await Promise.resolve(1)",
    "for await (const x of y) {}",
    "import { a } from 'b';",
    "/** doc */ class A { #x = 1 }",
    "`$" + "{1}`",
    "const n: number = 'a type error is no matter of syntax'",
    "",
    "Math.max?",
  ])("complete: %j", (code) => {
    expect(completeness(ts, code)).toEqual({ status: "complete" });
  });

  it.each([
    ["function f() {", "  "],
    ["if (a) {\n  g(", "    "],
    ["const s = 'abc", ""],
    ["const t = `abc\ndef", ""],
    ["`$" + "{a", "  "],
    ["[1, 2", "  "],
    ["const x: number =", ""],
    ["/* more", ""],
    ["const o = {\n  a: 1,", "  "],
    ["a &&", ""],
  ])("incomplete: %j", (code, indent) => {
    expect(completeness(ts, code)).toEqual({ status: "incomplete", indent });
  });

  it.each(["const = 1", "1 +* 2 }", "let 3x = 4;", "const s = 'abc\nconst t = 1", "}", "foo bar baz("])(
    "invalid: %j",
    (code) => {
      expect(completeness(ts, code)).toEqual({ status: "invalid" });
    },
  );

  it("two empty lines force what is not complete", () => {
    expect(completeness(ts, "function f() {\n\n")).toEqual({ status: "complete" });
  });
});
