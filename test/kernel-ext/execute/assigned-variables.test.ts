import { expect, it } from "vitest";
import { withAssignedVariables } from "../../../kernel-ext/execute/assigned-variables.js";

it("assigns without the trap for definitions, which still takes definitions", () => {
  const defined: PropertyKey[] = [];
  const target: Record<string, unknown> = {};
  const make = () =>
    new Proxy(target, {
      defineProperty: (_, name, { value }) => {
        defined.push(name);
        target[String(name)] = value;
        return true;
      },
    });
  const variables = withAssignedVariables(make);
  variables.a = 1;
  Object.defineProperty(variables, "b", { value: 2 });
  expect(target).toEqual({ a: 1, b: 2 });
  expect(defined).toEqual(["b"]);
  const plain = make();
  plain.c = 3;
  expect(defined).toEqual(["b", "c"]);
});

it("leaves proxies as they were, also when making fails", () => {
  const before = Proxy;
  expect(() =>
    withAssignedVariables(() => {
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(Proxy).toBe(before);
});
