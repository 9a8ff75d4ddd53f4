import { describe, expect, it } from "vitest";
import {
  mazurowskiAnchors,
  type PublishedAnchor,
  placeAnchors,
} from "../../../kernel-ext/widgets/dice-chart/anchors.js";
import { chartData } from "../../../kernel-ext/widgets/dice-chart/chart-data.js";
import type { ChartGroup } from "../../../src/protocol/dice-chart.js";
import { row } from "./dice-chart-rows.js";

const group = (modality: string, label = ""): ChartGroup => ({ name: modality, modality, label, clicks: -1 });
const anchor = (modality: string, label = ""): PublishedAnchor => ({
  modality,
  label,
  name: `${modality} ${label}`,
  value: 0.5,
  metric: "IoU",
  source: "a paper",
});

describe("Mazurowski's anchors", () => {
  // The means over the 28 tasks, rounded as the paper's table is summed up in its own repository.
  it.each([
    ["first", [0.461, 0.483, 0.589, 0.654, 0.583]],
    ["oracle", [0.515, 0.514, 0.677, 0.744, 0.679]],
  ] as const)("have the published means over their tasks, policy %s", (policy, means) => {
    const found = ([1, 2, 3, 4, 5] as const).map((mode) => {
      const anchors = mazurowskiAnchors({ mode, policy });
      expect(anchors).toHaveLength(28);
      return anchors.reduce((sum, { value }) => sum + value, 0) / 28;
    });
    for (const [n, value] of found.entries()) expect(Math.abs(value - means[n])).toBeLessThan(0.00051);
  });

  it("are named as IoU, with their source and how they were made", () => {
    const [first] = mazurowskiAnchors({ mode: 4, policy: "oracle" });
    expect(first).toEqual({
      modality: "CT",
      label: "Lung",
      name: "CT, Organ: Lung",
      value: 0.9288,
      metric: "IoU",
      source: "Mazurowski et al., Med Image Anal 89:102918, 2023 (SAM ViT-H, a box per region, policy oracle)",
    });
  });

  it("are not there for other modes", () => {
    expect(() => mazurowskiAnchors({ mode: 6 as 5 })).toThrow("no figures for mode 6");
  });
});

describe("anchors", () => {
  it("stand beside their modality, whatever it is called, and their label", () => {
    const groups = [group("MR", "prostate"), group("Ultrasound"), group("X-ray", "hips"), group("CT", "liver")];
    const places = (...anchors: PublishedAnchor[]) =>
      placeAnchors(anchors, groups).placed.map((placed) => placed.group);
    expect(places(anchor("MRI", "Prostate"), anchor("US", "Nerve"), anchor("Xray", "Hip"), anchor("CT"))).toEqual([
      0, 1, 2, 3,
    ]);
    expect(placeAnchors([anchor("CT", "spleen"), anchor("PET")], groups)).toEqual({ placed: [], unplaced: 2 });
  });

  it("must be fractions", () => {
    expect(() => placeAnchors([{ ...anchor("CT"), value: 83 }], [group("CT")])).toThrow("has the value 83");
  });

  it("are told from Dice in the footnote, with those that have no row", () => {
    const { footnote } = chartData([row({ label: "liver" })], {
      kind: "modalities",
      anchors: mazurowskiAnchors(),
    }).state;
    expect(footnote.at(-1)).toMatch(
      /^◇ published IoU, not Dice: Mazurowski et al\., .*policy first\)\. 26 more figures without a row here\.$/,
    );
  });
});
