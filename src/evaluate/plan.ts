import { createHash } from "node:crypto";
import { show } from "../core/errors.js";
import type { ManifestCase } from "../datasets/manifest/types.js";
import type { MaskQuality } from "../predict/sam.js";
import type { MaskPolicy } from "./types.js";

/** A model as rows and plans name it. */
export interface ModelIdentity {
  readonly name: string;
  /** sha256 of checkpoint and adapter, hex. */
  readonly hash: string;
  /** Left out or empty for a model without an adapter. */
  readonly adapterHash?: string;
  /** Whose way of preparing pictures it is fed by, e.g. `MedSAM`; left out or empty where that is not known. */
  readonly preprocessing?: string;
  /** What its masks are rated by. Left out: the IoU that it predicts. */
  readonly quality?: MaskQuality;
  /** `CPU`, `CUDA`, `WebGPU`. */
  readonly provider: string;
  /** What loading it had to say, such as how its pictures are prepared where that is not certain. */
  readonly notes?: readonly string[];
}

/** How objects are cut out and scored: all that changes a row's numbers beside data, model, prompt and policy. */
export interface ScoringRules {
  /**
   * What one object is: all of a label, each of its components, or each instance of the truth. `auto` takes instances
   * where the truth has them.
   */
  readonly per: "auto" | "label" | "component" | "instance";
  /** Whose definition of surface distances; see {@link DistanceDefinition}. */
  readonly definition: string;
  /** In the row's unit: mm, or pixels where the image has no spacing. */
  readonly nsdTolerance: number;
  /** What distances are where a mask is empty; see {@link EmptyDistanceRule}. */
  readonly empty: string;
  /** Least pixels of an object; overrides the manifest's, `null` leaves it. */
  readonly minPixels: number | null;
  /**
   * `px` where a study measured distances in pixels whatever the spacing; `image`: mm where the image has a spacing.
   */
  readonly unit: "px" | "image";
  /** How the model is shown a slice: as the manifest says, or as a preset does. */
  readonly window: string;
}

/** Everything that decides an evaluation's rows. Two runs with equal plans give equal rows, times apart. */
export interface EvaluationPlan {
  /** samlab's version. */
  readonly version: string;
  /** Name and hashes of each model. */
  readonly models: readonly Omit<ModelIdentity, "provider" | "notes">[];
  /** Names of the strategies. */
  readonly prompts: readonly string[];
  /** Strategies for volumes as a whole, where there are any. */
  readonly volume?: readonly string[];
  /** Beside `volume`: whether slices of volumes are evaluated by `prompts` too. */
  readonly slicesOfVolumes?: boolean;
  /** Which of the model's masks are scored. */
  readonly policies: readonly MaskPolicy[];
  /** How objects are cut out and scored. */
  readonly scoring: ScoringRules;
  /** Settings of everything mode that differ from segment-anything's. */
  readonly automask: Readonly<Record<string, number>>;
  /** Of random prompts and of the bootstrap. */
  readonly seed: number;
  /**
   * Per case: id, files with sha256, label map, slicing rule, window, orientation. Paths are the manifest's own, so
   * that a plan holds on another machine.
   */
  readonly cases: readonly { readonly id: string; readonly content: string }[];
}

/** The part of a manifest's entry that decides rows, as text. */
export function caseContent({ image, truth, labels, otherLabels, slicing, modality }: ManifestCase): string {
  const file = ({ path, sha256, frame }: ManifestCase["image"] | ManifestCase["truth"]) => [sha256 ?? path, frame];
  const shown = [image.window, image.orientation];
  return digest([file(image), shown, file(truth), truth.instances, labels, otherLabels, slicing, modality]);
}

export function planHash(plan: EvaluationPlan): string {
  return digest(plan);
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/** What differs between two plans, in words; empty when nothing does. */
export function planDifferences(a: EvaluationPlan, b: EvaluationPlan): string[] {
  const differences: string[] = [];
  const compare = (what: string, left: unknown, right: unknown) => {
    if (JSON.stringify(left) !== JSON.stringify(right))
      differences.push(`${what}: ${plain(left)} against ${plain(right)}`);
  };
  compare("samlab's version", a.version, b.version);
  const models = ({ models }: EvaluationPlan) =>
    models.map(
      ({ name, hash, preprocessing }) =>
        `${name} (${hash.slice(0, 12)}${preprocessing ? `, fed as ${preprocessing}` : ""})`,
    );
  compare("models", models(a), models(b));
  compare("prompts", a.prompts, b.prompts);
  compare("volume", a.volume ?? [], b.volume ?? []);
  compare("slices of volumes", a.slicesOfVolumes, b.slicesOfVolumes);
  compare("policy", a.policies, b.policies);
  for (const name of ["per", "definition", "nsdTolerance", "empty", "minPixels", "unit", "window"] as const)
    compare(name, a.scoring[name], b.scoring[name]);
  compare("automask", a.automask, b.automask);
  compare("seed", a.seed, b.seed);
  compare(
    "cases",
    a.cases.map(({ id }) => id),
    b.cases.map(({ id }) => id),
  );
  const other = new Map(b.cases.map(({ id, content }) => [id, content]));
  const changed = a.cases.filter(({ id, content }) => other.has(id) && other.get(id) !== content).map(({ id }) => id);
  if (changed.length > 0) differences.push(`files, labels or slices of ${plain(changed)}`);
  return differences;
}

function plain(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") || "none" : show(value);
}
