import { stripVTControlCharacters } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { describeThrown } from "../../../kernel-ext/execute/traceback.js";

const { prepareStackTrace } = Error;
afterEach(() => {
  if (prepareStackTrace) Error.prepareStackTrace = prepareStackTrace;
  else Reflect.deleteProperty(Error, "prepareStackTrace");
});

function described(thrown: unknown) {
  const { ename, evalue, traceback } = describeThrown(thrown);
  return { ename, evalue, first: stripVTControlCharacters(traceback[0] ?? "") };
}
const shown = { ename: "RangeError", evalue: "too far", first: "RangeError: too far" };

describe("an error", () => {
  it("shows its name and message, whatever its stack is", () => {
    for (const stack of [undefined, 5, ["a"], { b: 1 }, Symbol("c")]) {
      expect(described(Object.assign(new RangeError("too far"), { stack }))).toEqual(shown);
    }
    const refusing = Object.defineProperty(new RangeError("too far"), "stack", {
      get() {
        throw new Error("no stack");
      },
    });
    expect(described(refusing)).toEqual(shown);
  });

  it("shows its name, message and frames while call sites are asked for", () => {
    Error.prepareStackTrace = (_, sites) => sites;
    const error = new RangeError("too far");
    expect(described(error)).toEqual(shown);
    expect(describeThrown(error).traceback.join("\n")).toMatch(/\n {4}at .*traceback\.test\.ts/);
    Error.prepareStackTrace = () => {
      throw new Error("no");
    };
    expect(described(new RangeError("too far"))).toEqual(shown);
  });

  it("shows the fields that a program has given it, as Node does", () => {
    const cause = Object.assign(new Error("no answer"), { status: 503, request: { key: "secret" } });
    const error = Object.assign(new Error("boom", { cause }), { code: "E_X", path: "a.txt" });
    const text = stripVTControlCharacters(describeThrown(error).traceback.join("\n"));
    expect(text).toContain("{ code: 'E_X', path: 'a.txt' }\n");
    expect(text).toContain("{ status: 503, request: [Object] }");
    expect(text.match(/no answer/g)).toHaveLength(1);
    const long = Object.assign(new Error("boom"), Object.fromEntries([...Array(90).keys()].map((n) => [`f${n}`, n])));
    expect(describeThrown(long).traceback.length).toBeLessThan(50);
    const refusing = Object.defineProperty(new Error("boom", { cause }), "code", {
      enumerable: true,
      get() {
        throw new Error("no code");
      },
    });
    expect(describeThrown(refusing).traceback.join("\n")).toMatch(/\n {4}at .*traceback\.test\.ts.*no answer/s);
  });

  it("shows what else it has if its message or its cause cannot be read", () => {
    const odd = Object.assign(new RangeError("x"), { message: 5 });
    expect(described(odd)).toEqual({ ename: "RangeError", evalue: "5", first: "RangeError: 5" });
    const refusing = Object.defineProperty(new RangeError("too far"), "cause", {
      get() {
        throw new Error("no cause");
      },
    });
    expect(described(refusing)).toEqual(shown);
  });
});
