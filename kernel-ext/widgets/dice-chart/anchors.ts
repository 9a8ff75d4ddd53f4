import { SamlabError } from "../../../src/core/errors.js";
import type { ChartAnchor, ChartGroup } from "../../../src/protocol/dice-chart.js";
import { mazurowski2023 } from "./mazurowski-2023.js";

/** A published mean to show next to your own results. */
export interface PublishedAnchor {
  /** As in manifests; common abbreviations are accepted (MRI, US, CR). */
  readonly modality: string;
  /** Empty for all labels of the modality combined. */
  readonly label: string;
  /** What was measured, as named in the source. */
  readonly name: string;
  /** 0 to 1. */
  readonly value: number;
  /** Dice and IoU are different metrics; the chart labels which one it draws. */
  readonly metric: "Dice" | "IoU";
  /** Short citation for the footnote, including how the figures were obtained. */
  readonly source: string;
}

/** Selects figures from the study. */
export interface MazurowskiOptions {
  /**
   * How SAM was prompted: 1 one point in the largest region, 2 one point in each of the three largest, 3 a box around
   * the largest, 4 a box around each of the three largest, 5 one box around everything. Default 3.
   */
  readonly mode?: 1 | 2 | 3 | 4 | 5;
  /** Default `first`: the first of the three masks, regardless of its predicted score. */
  readonly policy?: "first" | "oracle";
}

const modeNames = ["one point", "a point per region", "a box", "a box per region", "one box around all"];

/**
 * SAM's published means on 28 tasks (Mazurowski et al. 2023). They are IoU, not Dice: 2·IoU/(1+IoU) holds for a single
 * mask but not for a mean, so they are drawn and labeled as IoU.
 * @throws {SamlabError} `argument-invalid` for an unknown mode or policy
 */
export function mazurowskiAnchors({ mode = 3, policy = "first" }: MazurowskiOptions = {}): readonly PublishedAnchor[] {
  if (![1, 2, 3, 4, 5].includes(mode) || !["first", "oracle"].includes(policy)) {
    throw new SamlabError("argument-invalid", `There are no figures for mode ${mode}, policy ${policy}.`, {
      field: "mode",
      value: mode,
      remedy: "Modes are 1 to 5, policies first and oracle.",
    });
  }
  const column = (mode - 1) * 2 + (policy === "oracle" ? 1 : 0);
  const source = `Mazurowski et al., Med Image Anal 89:102918, 2023 (SAM ViT-H, ${modeNames[mode - 1]}, policy ${policy})`;
  return mazurowski2023.map(([modality, task, values]) => ({
    modality,
    label: task.slice(task.indexOf(":") + 1).trim(),
    name: `${modality}, ${task}`,
    value: values[column],
    metric: "IoU",
    source,
  }));
}

/** Names of the same modality as used in papers, manifests and DICOM. */
const synonyms: readonly (readonly [name: string, forms: readonly string[]])[] = [
  ["mr", ["mri", "magneticresonance"]],
  ["xray", ["cr", "dx", "radiograph", "radiography"]],
  ["us", ["ultrasound", "sonography"]],
  ["ct", ["computedtomography"]],
  ["pet", ["pt"]],
];

const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

function modalityKey(modality: string): string {
  const key = plain(modality);
  return synonyms.find(([, forms]) => forms.includes(key))?.[0] ?? key;
}

/** Treats plurals as the same label. */
const labelKey = (label: string) => plain(label).replace(/s$/, "");

/**
 * Assigns anchors to groups with the same modality and, where both have one, the same label. `unplaced` is the number
 * of anchors that matched no group.
 */
export function placeAnchors(
  anchors: readonly PublishedAnchor[],
  groups: readonly ChartGroup[],
): { placed: readonly ChartAnchor[]; unplaced: number } {
  const found = anchors.map(({ modality, label, name, value, metric, source }) => {
    if (!(value >= 0 && value <= 1)) {
      throw new SamlabError("argument-invalid", `The anchor ${name} has the value ${value}.`, {
        field: "anchors",
        value,
        remedy: "Give fractions from 0 to 1.",
      });
    }
    const group = groups.findIndex(
      (row) =>
        modalityKey(row.modality) === modalityKey(modality) &&
        (row.label === "" || label === "" || labelKey(row.label) === labelKey(label)),
    );
    return { group, name, value, metric, source };
  });
  const placed = found.filter(({ group }) => group >= 0);
  return { placed, unplaced: found.length - placed.length };
}
