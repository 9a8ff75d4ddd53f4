import { basename, dirname } from "node:path";
import { SamlabError } from "../core/errors.js";
import type { Architecture } from "../models/architecture.js";
import { type Preprocessing, preprocessingKinds, preprocessingTexts } from "../models/preprocessing.js";
import { knownCheckpoints } from "./known-checkpoints.js";

/** The preprocessing of a model, and a note on the reason if it is not obvious. */
export interface PreprocessingChoice {
  readonly kind: Preprocessing;
  readonly note: string | null;
}

/** Evidence of a model's preprocessing. */
export interface PreprocessingEvidence {
  /** As given by the caller. */
  readonly option: Preprocessing | undefined;
  /** As stored in the adapter. */
  readonly adapter: string | undefined;
  /** sha256 of the model's files, hex; its own first, then those that it is put on or that are put on it. */
  readonly hashes: readonly string[];
  /** As stored in the file's metadata, or as its kind of file or its name in the catalog says. */
  readonly declared: string | null;
  readonly paths: readonly string[];
  readonly architecture: Architecture;
}

/**
 * Chooses a model's preprocessing from, in this order: the caller, the adapter, the known hash of its own file, what
 * that file declares, the known hash of its base, its name, its tensor shapes. MedSAM's and micro-sam's files have
 * SAM's names and shapes but a different preprocessing, so choices by the last two come with a note.
 * @throws {SamlabError} `argument-invalid` for an unknown kind
 */
export function choosePreprocessing({
  option,
  adapter,
  hashes,
  declared,
  paths,
  architecture,
}: PreprocessingEvidence): PreprocessingChoice {
  if (option !== undefined) {
    if (!isKind(option)) throw noKind(option);
    const trained = adapter !== undefined && adapter !== option ? adapter : null;
    const note = trained
      ? `The adapter was trained with ${as(trained)}; it is fed as ${as(option)}, as asked for.`
      : null;
    return { kind: option, note };
  }
  if (adapter !== undefined && isKind(adapter)) return { kind: adapter, note: null };
  const [own, ...others] = hashes;
  const known = knownKind([own]);
  if (known) return { kind: known, note: null };
  if (declared !== null && isKind(declared)) return { kind: declared, note: null };
  const ofBase = knownKind(others);
  if (ofBase) return { kind: ofBase, note: null };
  const { preprocessing, encoder, imageSize } = architecture;
  const describe = (kind: Preprocessing) => `${preprocessingTexts[kind].name} (${preprocessingTexts[kind].summary})`;
  if (encoder === "vit" && preprocessing === "sam-med2d") {
    return {
      kind: "sam-med2d",
      note: `${paths[0]} is fed as ${describe("sam-med2d")}, since its input is ${imageSize}×${imageSize}. It answers with the alternative of the highest predicted IoU, as SAM-Med2D does. If it is another model, load it with { preprocessing: "sam" } or { preprocessing: "medsam" }.`,
    };
  }
  if (preprocessing === "de-sam") {
    return {
      kind: preprocessing,
      note: `${paths[0]} is fed as ${describe(preprocessing)}, as DeSAM's authors do. If it was trained on other pictures, load it with { preprocessing: "sam" }.`,
    };
  }
  if (preprocessing === "medical-sam-adapter") {
    const before = "medical-sam-adapter-until-2025";
    return {
      kind: preprocessing,
      note: `${paths[0]} is fed as ${describe(preprocessing)}, as Medical SAM Adapter feeds its models since 15 April 2025. If it was trained by older code, load it with { preprocessing: "${before}" }: ${describe(before)}.`,
    };
  }
  if (encoder === "hiera") return sam2Choice(paths);
  const isAsSam = preprocessing === "sam" && (encoder === "vit" || encoder === "tiny-vit");
  if (!isAsSam) return { kind: preprocessing, note: null };
  for (const [kind, says] of [
    ["micro-sam", isMicroSamName] as const,
    ...(encoder === "vit" ? [["medsam", isMedSamName] as const] : []),
  ]) {
    const named = paths.find(says);
    if (named === undefined) continue;
    return {
      kind,
      note: `${named} is fed as ${describe(kind)}, since its name says ${preprocessingTexts[kind].name}. If it is another model, load it with { preprocessing: "sam" }.`,
    };
  }
  // No MedSAM has this encoder.
  if (encoder === "tiny-vit") return { kind: "sam", note: null };
  const note = `${paths[0]} is fed as ${describe("sam")}. MedSAM's and micro-sam's files look the same: load MedSAM's with { preprocessing: "medsam" }, micro-sam's with { preprocessing: "micro-sam" }.`;
  return { kind: preprocessing, note };
}

/** MedSAM2's files have SAM 2's names and shapes. */
function sam2Choice(paths: readonly string[]): PreprocessingChoice {
  const named = paths.find(isMedSam2Name);
  const [fed, other] = named ? (["medsam2", "sam2"] as const) : (["sam2", "medsam2"] as const);
  const { name, summary } = preprocessingTexts[fed];
  const why = named
    ? ", since its name says MedSAM2. If it is another model, load it"
    : ". MedSAM2's files look the same: load them";
  return {
    kind: fed,
    note: `${named ?? paths[0]} is fed as ${name} (${summary})${why} with { preprocessing: "${other}" }.`,
  };
}

/** The preprocessing of a published file; `null` if there is none among them. */
export function knownKind(hashes: readonly (string | undefined)[]): Preprocessing | null {
  const known = knownCheckpoints.find(
    ({ sha256, base }) => sha256 !== null && base === null && hashes.includes(sha256),
  );
  return known?.preprocessing ?? null;
}

const isKind = (text: string): text is Preprocessing => preprocessingKinds.some((kind) => kind === text);

const as = (kind: string) => (isKind(kind) ? preprocessingTexts[kind].name : kind);

function noKind(option: string): SamlabError {
  return new SamlabError("argument-invalid", `There is no preprocessing ${JSON.stringify(option)}.`, {
    field: "preprocessing",
    value: option,
    remedy: `Use ${preprocessingKinds.join(", ")}.`,
  });
}

/** The file's name; for files with a generic one (Hugging Face), the folder's. */
function nameOf(path: string): string {
  const file = basename(path);
  return /^(?:pytorch_)?(?:adapter_)?model\.(?:safetensors|bin)$/.test(file) ? basename(dirname(path)) : file;
}

/** Whether a path says that its model is MedSAM2. */
export const isMedSam2Name = (path: string) => /med[-_ ]?sam[-_ ]?2(?![0-9d])/i.test(nameOf(path));

const isMicroSamName = (path: string) => /micro[-_ ]?sam/i.test(nameOf(path));

function isMedSamName(path: string): boolean {
  const name = nameOf(path);
  return /med[-_ ]?sam/i.test(name) && !/lite|sam[-_ ]?med/i.test(name) && !isMedSam2Name(path);
}
