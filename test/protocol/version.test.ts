import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { widgetModule, widgetVersion, widgetVersionRange } from "../../src/protocol/version.js";

it("names the package that is built, in its version", () => {
  const { name, version } = JSON.parse(readFileSync("widgets/package.json", "utf8"));
  expect({ name, version }).toEqual({ name: widgetModule, version: widgetVersion });
});

it("accepts later fixes of the same minor version", () => {
  expect(widgetVersionRange).toBe(`^${widgetVersion}`);
});
