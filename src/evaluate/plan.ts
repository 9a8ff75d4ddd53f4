import { createHash } from "node:crypto";
import { show } from "../core/errors.js";
import type { ManifestCase } from "../datasets/manifest/types.js";
import type { MaskQuality } from "../predict/sam.js";
import type { MaskPolicy } from "./types.js";

/** A model as recorded in rows and plans. */
export interface ModelIdentity {
  readonly name: string;
  /** sha256 of checkpoint and adapter, hex. */
  readonly hash: string;
  /** Absent or empty without an adapter. */
  readonly adapterHash?: string;
  /** Preprocessing scheme, e.g. `MedSAM`; absent or empty if unknown. */
  readonly preprocessing?: string;
  /** What its masks are rated by. Default: the IoU that it predicts. */
  readonly quality?: MaskQuality;
  /** `CPU`, `CUDA`, `WebGPU`. */
  readonly provider: string;
  /** Notes from loading, such as a guess at the preprocessing. */
  readonly notes?: readonly string[];
}

/**
 * How objects are extracted and scored: everything that changes a row's numbers besides data, model, prompt, and
 * policy.
 */
export interface ScoringRules {
  /**
   * What one object is: all of a label, each of its components, or each instance of the truth. `auto` takes instances
   * if the truth has them.
   */
  readonly per: "auto" | "label" | "component" | "instance";
  /** Definition of surface distances; see {@link DistanceDefinition}. */
  readonly definition: string;
  /** In the row's unit: mm, or pixels if the image has no spacing. */
  readonly nsdTolerance: number;
  /**
   * `cvpr24`: NSD as the laptop challenge's script (LiteMedSAM, evaluation/compute_metrics.py): a picture is a volume
   * of one slice of 1×1×1 mm voxels, whose two faces are surface too, and a case with a mean Dice up to 0.2 has 0.
   */
  readonly nsdRule?: "cvpr24";
  /**
   * `last`: where objects overlap, the last keeps the pixels, as in the label maps of the laptop challenge. Without it,
   * each object of a slice is scored by its whole mask, and in a volume the first keeps the voxels.
   */
  readonly overlaps?: "last";
  /** Distances of empty masks; see {@link EmptyDistanceRule}. */
  readonly empty: string;
  /** Least pixels of an object; `null`: the manifest's rule. */
  readonly minPixels: number | null;
  /** `px`: always pixels, as in some studies; `image`: mm if the image has a spacing, otherwise pixels. */
  readonly unit: "px" | "image";
  /** Window in which the model sees a slice: the manifest's or a preset's. */
  readonly window: string;
}

/**
 * Everything that determines an evaluation's rows. Runs with equal plans on the same files give equal rows, except for
 * times. Files are known by their sha256 where the manifest has it, else by their paths.
 */
export interface EvaluationPlan {
  /** samlab's version. */
  readonly version: string;
  /** Name and hashes of each model. */
  readonly models: readonly Omit<ModelIdentity, "provider" | "notes">[];
  /** Names of the strategies. */
  readonly prompts: readonly string[];
  /** Strategies for volumes as a whole, if there are any. */
  readonly volume?: readonly string[];
  /** With `volume`: whether slices of volumes are evaluated with `prompts` too. */
  readonly slicesOfVolumes?: boolean;
  /** Which of the model's masks are scored. */
  readonly policies: readonly MaskPolicy[];
  /** How objects are extracted and scored. */
  readonly scoring: ScoringRules;
  /** Settings of everything mode that differ from segment-anything's. */
  readonly automask: Readonly<Record<string, number>>;
  /** Seed of random prompts and of the bootstrap. */
  readonly seed: number;
  /** In the manifest's order. */
  readonly cases: readonly PlannedCase[];
}

/** A case in an evaluation's plan. */
export interface PlannedCase {
  /** As in the manifest. */
  readonly id: string;
  /**
   * sha256 of its files' sha256 or paths, label map, slicing rule, window, non-finite voxels, orientation, series, and
   * modality. Paths are as in the manifest, so that a plan is valid on another machine.
   */
  readonly content: string;
  /** Whose it is; absent where it is not known, as in plans of earlier versions. */
  readonly subject?: string;
}

/** A manifest's entry in a plan. */
export function plannedCase(entry: ManifestCase): PlannedCase {
  return { id: entry.id, content: caseContent(entry), subject: entry.subject };
}

/** A plan with subjects, by the case's id, for cases whose subject it does not know. */
export function withSubjects(plan: EvaluationPlan, subjects: ReadonlyMap<string, string | undefined>): EvaluationPlan {
  const cases = plan.cases.map((one) => {
    const subject = one.subject ?? subjects.get(one.id);
    return subject === undefined ? one : { ...one, subject };
  });
  return { ...plan, cases };
}

/** The part of a manifest's entry that determines rows, as text. */
export function caseContent({ image, truth, labels, otherLabels, slicing, modality }: ManifestCase): string {
  const file = ({ path, sha256, frame }: ManifestCase["image"] | ManifestCase["truth"]) => [sha256 ?? path, frame];
  // Only if it is set: plans of earlier versions stay valid.
  const shown = [
    ...[image.window, image.orientation],
    ...(image.nonFinite === "reject" ? [] : [image.nonFinite]),
    ...(image.series === null ? [] : [{ series: image.series }]),
  ];
  return digest([file(image), shown, file(truth), truth.instances, labels, otherLabels, slicing, modality]);
}

/**
 * Whether two plans name the same model: the same tensors, prepared alike, under the same name. Of a path its last part
 * counts, since the same file can lie in another place elsewhere.
 */
export function isSameModel(a: EvaluationPlan["models"][number], b: EvaluationPlan["models"][number]): boolean {
  const told = ({ name, hash, adapterHash, preprocessing, quality }: typeof a) =>
    [lastPart(name), hash, adapterHash || "", preprocessing || "", quality ?? ""].join("\n");
  return told(a) === told(b);
}

/** What follows the last separator of a path, with what a model's name says behind it. */
const lastPart = (name: string) => name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);

export function planHash(plan: EvaluationPlan): string {
  return digest(plan);
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/** Describes what differs between two plans; empty if nothing does. */
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
  const isSame = a.models.length === b.models.length && a.models.every((model, n) => isSameModel(model, b.models[n]));
  if (!isSame) compare("models", models(a), models(b));
  compare("prompts", a.prompts, b.prompts);
  compare("volume", a.volume ?? [], b.volume ?? []);
  compare("slices of volumes", a.slicesOfVolumes, b.slicesOfVolumes);
  compare("policy", a.policies, b.policies);
  for (const name of [
    "per",
    "definition",
    "nsdTolerance",
    "nsdRule",
    "overlaps",
    "empty",
    "minPixels",
    "unit",
    "window",
  ] as const)
    compare(name, a.scoring[name], b.scoring[name]);
  compare("automask", a.automask, b.automask);
  compare("seed", a.seed, b.seed);
  compare(
    "cases",
    a.cases.map(({ id }) => id),
    b.cases.map(({ id }) => id),
  );
  const other = new Map(b.cases.map((one) => [one.id, one]));
  const changed = (key: "content" | "subject") =>
    a.cases
      .filter(({ id, [key]: here }) => {
        const there = other.get(id)?.[key];
        return here !== undefined && there !== undefined && here !== there;
      })
      .map(({ id }) => id);
  const [contents, subjects] = [changed("content"), changed("subject")];
  if (contents.length > 0) differences.push(`files, labels or slices of ${plain(contents)}`);
  if (subjects.length > 0) differences.push(`subject of ${plain(subjects)}`);
  return differences;
}

function plain(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") || "none" : show(value);
}
