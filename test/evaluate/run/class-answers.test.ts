import { expect, it } from "vitest";
import { classesOf } from "../../../src/evaluate/run/class-answers.js";
import type { SegmentOptions } from "../../../src/predict/sam.js";
import { FakeSam } from "../support/fake-sam.js";

const automask = { minMaskRegionArea: 1000, pointsPerSide: 4 };
const image = {
  width: 1,
  height: 1,
  channels: 1,
  data: Uint8Array.of(1),
  spacing: null,
  window: null,
  source: "one",
} as const;

it.each([
  ["grid", automask],
  ["whole-box", { minMaskRegionArea: 1000 }],
  [null, undefined],
] as const)(
  "DeSAM in %s gets the settings of everything mode that it uses, other models none",
  async (deSamMode, used) => {
    const asked: SegmentOptions[] = [];
    const sam = Object.assign(new FakeSam(), {
      classNames: ["background", "liver"],
      deSamMode,
      segment: async (_: unknown, options: SegmentOptions) => void asked.push(options),
    });
    await classesOf(sam as never, image, { automask });
    expect(asked.map((options) => options.automask)).toEqual([used]);
  },
);
