import { type DicomFile, type DicomObject, givenNumbers, tags, wrongElement } from "./object.js";

/** Rows, columns and number of frames. @throws {SamlabError} `format-invalid` */
export function frameGrid(file: DicomFile): { rows: number; columns: number; frames: number } {
  const [rows, columns] = [file.number(tags.rows), file.number(tags.columns)];
  const frames = file.number(tags.numberOfFrames) ?? 1;
  if (!rows || !columns || rows < 1 || columns < 1) throw wrongElement(file, "Rows and Columns", null, "are missing");
  if (!Number.isInteger(frames) || frames < 1) {
    throw wrongElement(file, "NumberOfFrames", frames, "must be a whole number from 1");
  }
  if (rows * columns * frames > 2 ** 32) {
    throw wrongElement(file, "NumberOfFrames", frames, "declares more than 4 billion voxels");
  }
  if (frames > 8 * file.fileBytes) {
    throw wrongElement(file, "NumberOfFrames", frames, "declares more frames than the file has bits");
  }
  return { rows, columns, frames };
}

/** The functional groups of a frame: per-frame groups first, then shared ones. */
export function frameGroup(file: DicomFile, frame: number, group: string): DicomObject | null {
  const own = file.items(tags.perFrameGroups)[frame]?.item(group);
  return own ?? file.item(tags.sharedGroups)?.item(group) ?? null;
}

/** value = stored × slope + intercept; an RT Dose has a scaling in the place of the slope. */
export interface Rescale {
  readonly slope: number;
  readonly intercept: number;
}

/** @throws {SamlabError} `format-invalid` for what is no number */
export function rescaleOf(file: DicomFile, frame: number): Rescale {
  const from = frameGroup(file, frame, tags.pixelTransformations) ?? file;
  const [slope] = givenNumbers(file, from, "RescaleSlope") ?? givenNumbers(file, file, "DoseGridScaling") ?? [1];
  const [intercept] = givenNumbers(file, from, "RescaleIntercept") ?? [0];
  return { slope: slope === 0 ? 1 : slope, intercept };
}
