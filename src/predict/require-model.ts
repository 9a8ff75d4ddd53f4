import { SamlabError } from "../core/errors.js";
import { hasSamDecoder } from "../models/architecture.js";
import type { LoadedSam } from "./loaded-sam.js";

/** @throws {SamlabError} `argument-invalid` for a model without SAM's decoder, which is what is trained on prompts */
export function requireSamDecoder(sam: LoadedSam): void {
  if (hasSamDecoder(sam.architecture)) {
    if (sam.prompts.points || sam.prompts.box) return;
    throw new SamlabError("argument-invalid", `${sam.name} segments classes and cannot be trained on prompts.`, {
      field: "sam",
      value: sam.name,
      remedy: "Start from SAM, MedSAM, or another model that takes prompts.",
    });
  }
  throw new SamlabError("argument-invalid", `${sam.name} has no decoder of SAM that could be trained on prompts.`, {
    field: "sam",
    value: sam.name,
    remedy: "Start from SAM, HQ-SAM, MedSAM, or another model with SAM's decoder.",
  });
}

/**
 * @param what needs it, as a subject in the plural
 * @throws {SamlabError} `argument-invalid` for a model that encodes images in int8
 */
export function requireFloat32(sam: LoadedSam, what: "Trainings" | "Exports"): void {
  if (sam.precision === "float32") return;
  throw new SamlabError("argument-invalid", `${sam.name} encodes images in int8. ${what} need float32.`, {
    field: "sam",
    value: sam.name,
    remedy: 'Load it without precision; what comes of it can be loaded with { precision: "int8" } afterwards.',
  });
}
