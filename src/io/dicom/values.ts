import type { IntensityWindow } from "../image/image.js";
import { frameGroup } from "./frames.js";
import { type DicomFile, tags } from "./object.js";

/** The first window of a frame, by the standard's own formula (PS3.3 C.11.2.1.2); `null` when the file gives none. */
export function dicomWindow(file: DicomFile, frame: number): IntensityWindow | null {
  const from = frameGroup(file, frame, tags.frameVoi) ?? file;
  const [center, width] = [from.number(tags.windowCenter), from.number(tags.windowWidth)];
  if (center === null || width === null || !(width > 0)) return null;
  const name = `DICOM (W ${width}, L ${center})`;
  const isLinear = (from.text(tags.voiFunction) ?? "LINEAR") === "LINEAR" && width > 1;
  if (isLinear) return { low: center - width / 2, high: center + width / 2 - 1, name };
  return { low: center - width / 2, high: center + width / 2, name };
}

/**
 * The unit of the values: the type of the modality LUT or of the rescaling, the units of PET or dose, or Hounsfield
 * units for CT without a type; `null` if unknown.
 */
export function dicomUnits(file: DicomFile, frame: number): string | null {
  const pet = file.text(tags.petUnits);
  if (pet) return pet;
  if (file.text(tags.doseUnits) === "GY") return "Gy";
  const from = frameGroup(file, frame, tags.pixelTransformations) ?? file;
  const type = file.item(tags.modalityLut)?.text(tags.lutType) ?? from.text(tags.rescaleType);
  if (type) return type === "US" ? null : type;
  return file.text(tags.modality) === "CT" && from.has(tags.rescaleIntercept) ? "HU" : null;
}
