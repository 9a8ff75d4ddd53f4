import { expect, it } from "vitest";
import { parseVolumeStrategy } from "../../../src/evaluate/volume/volume-strategy.js";

it("reads names, and gives each strategy one", () => {
  const name = (text: string) => parseVolumeStrategy(text).name;
  expect(name("propagate:box")).toBe("propagate:box,samlab");
  expect(name("propagate:click, range ,laptop")).toBe("propagate:click,laptop,range");
  expect(parseVolumeStrategy("propagate:box+corrections:3")).toMatchObject({
    kind: "box",
    corrections: 3,
    rule: "samlab",
  });
  expect(name("propagate:box+corrections:2,clean,interpolate")).toBe(
    "propagate:box+corrections:2,samlab,interpolate,clean",
  );
  // What tells the range anyway does not say it.
  expect(name("propagate:box3d,laptop,range")).toBe("propagate:box3d,laptop");
  expect(parseVolumeStrategy("propagate:boxes").isRangeTold).toBe(true);
  for (const text of ["propagate:box", "propagate:click+corrections:2,points,range"])
    expect(name(name(text))).toBe(name(text));
});

it.each([
  "box",
  "propagate:sphere",
  "propagate:box+corrections:0",
  "propagate:box,best",
  "propagate:box,laptop,samlab",
  "propagate:box,range,range",
  "propagate:boxes+corrections:2",
  "propagate:box,interpolate",
])("refuses %s, and says what there is", (text) => {
  expect(() => parseVolumeStrategy(text)).toThrow(
    /is not a way to prompt a volume.*propagate:click \(one click there/s,
  );
});
