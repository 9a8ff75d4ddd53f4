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
  /** sha256 of the model's files, hex. */
  readonly hashes: readonly string[];
  /** As stored in the file's metadata. */
  readonly declared: string | null;
  readonly paths: readonly string[];
  readonly architecture: Architecture;
}

/**
 * Chooses a model's preprocessing from, in this order: the caller, the adapter, the known hash, the file's metadata,
 * its name, its tensor shapes. MedSAM's files have SAM's names and shapes but a different preprocessing, so choices by
 * the last two come with a note.
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
  const known = knownCheckpoints.find(
    ({ sha256, base }) => sha256 !== null && base === null && hashes.includes(sha256),
  );
  if (known) return { kind: known.preprocessing, note: null };
  if (declared !== null && isKind(declared)) return { kind: declared, note: null };
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
    const before = "medical-sam-adapter-2023";
    return {
      kind: preprocessing,
      note: `${paths[0]} is fed as ${describe(preprocessing)}, as Medical SAM Adapter feeds its models since 15 April 2025. If it was trained by older code, load it with { preprocessing: "${before}" }: ${describe(before)}.`,
    };
  }
  if (encoder !== "vit" || preprocessing !== "sam") return { kind: preprocessing, note: null };
  const named = paths.find(isMedSamName);
  if (named !== undefined) {
    return {
      kind: "medsam",
      note: `${named} is fed as ${describe("medsam")}, since its name says MedSAM. If it is another model, load it with { preprocessing: "sam" }.`,
    };
  }
  const note = `${paths[0]} is fed as ${describe("sam")}. MedSAM's and micro-sam's files look the same: if it is one, load it with { preprocessing: "medsam" } or { preprocessing: "micro-sam" }.`;
  return { kind: preprocessing, note };
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

/** For files with a generic name (Hugging Face), the folder's name is used. */
function isMedSamName(path: string): boolean {
  const file = basename(path);
  const name = /^(?:pytorch_)?(?:adapter_)?model\.(?:safetensors|bin)$/.test(file) ? basename(dirname(path)) : file;
  return /med[-_ ]?sam/i.test(name) && !/lite|med[-_ ]?sam[-_ ]?2|sam[-_ ]?med/i.test(name);
}
