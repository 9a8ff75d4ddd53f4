import { describe, expect, it } from "vitest";
import { completeness } from "../../../../kernel-ext/engine/compiler/is-complete.js";

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
    expect(completeness(code)).toEqual({ status: "complete" });
  });

  it.each([
    ["function f() {", "  "],
    ["if (a) {\n  g(", "    "],
    ["a ?", ""],
    ["const s = 'abc", ""],
    ["const t = `abc\ndef", ""],
    ["`$" + "{a", "  "],
    ["[1, 2", "  "],
    ["const x: number =", ""],
    ["/* more", ""],
    ["const o = {\n  a: 1,", "  "],
    ["a &&", ""],
  ])("incomplete: %j", (code, indent) => {
    expect(completeness(code)).toEqual({ status: "incomplete", indent });
  });

  it.each(["const = 1", "1 +* 2 }", "let 3x = 4;", "const s = 'abc\nconst t = 1", "}", "foo bar baz("])(
    "invalid: %j",
    (code) => {
      expect(completeness(code)).toEqual({ status: "invalid" });
    },
  );

  it("two empty lines force what is not complete", () => {
    expect(completeness("function f() {\n\n")).toEqual({ status: "complete" });
  });
});
