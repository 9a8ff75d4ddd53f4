import type { Dataset } from "dcmjs";
import { SamlabError, throwIfCancelled } from "../../core/errors.js";
import { readAll } from "../read-file.js";

/** Tags by their keywords in the standard (PS3.6). */
export const tags = {
  transferSyntax: "00020010",
  sopClass: "00080016",
  sopInstance: "00080018",
  modality: "00080060",
  seriesDescription: "0008103E",
  patientId: "00100020",
  sliceThickness: "00180050",
  spacingBetweenSlices: "00180088",
  imagerPixelSpacing: "00181164",
  studyInstance: "0020000D",
  seriesInstance: "0020000E",
  seriesNumber: "00200011",
  instanceNumber: "00200013",
  imagePosition: "00200032",
  imageOrientation: "00200037",
  frameOfReference: "00200052",
  planePositions: "00209113",
  planeOrientations: "00209116",
  samplesPerPixel: "00280002",
  photometric: "00280004",
  planarConfiguration: "00280006",
  numberOfFrames: "00280008",
  rows: "00280010",
  columns: "00280011",
  pixelSpacing: "00280030",
  bitsAllocated: "00280100",
  bitsStored: "00280101",
  highBit: "00280102",
  pixelRepresentation: "00280103",
  windowCenter: "00281050",
  windowWidth: "00281051",
  rescaleIntercept: "00281052",
  rescaleSlope: "00281053",
  rescaleType: "00281054",
  voiFunction: "00281056",
  modalityLut: "00283000",
  pixelMeasures: "00289110",
  frameVoi: "00289132",
  pixelTransformations: "00289145",
  petUnits: "00541001",
  sharedGroups: "52009229",
  perFrameGroups: "52009230",
  floatPixels: "7FE00008",
  doublePixels: "7FE00009",
  pixels: "7FE00010",
} as const;

/** The elements of a file, or of an item of a sequence. Values of another kind than asked for count as not there. */
export class DicomObject {
  readonly #elements: Dataset;

  constructor(elements: Dataset) {
    this.#elements = elements;
  }

  /** An element's values, none when it is not there. */
  values(tag: string): readonly unknown[] {
    const values = this.#elements[tag]?.Value;
    return Array.isArray(values) ? values : [];
  }

  vr(tag: string): string | undefined {
    return this.#elements[tag]?.vr;
  }

  has(tag: string): boolean {
    return this.values(tag).length > 0;
  }

  text(tag: string): string | null {
    const [value] = this.values(tag);
    if (typeof value === "object" && value !== null && "Alphabetic" in value) return String(value.Alphabetic);
    return typeof value === "string" && value.trim() !== "" ? value.replace(/\0+$/, "").trim() : null;
  }

  number(tag: string): number | null {
    const [value] = this.values(tag);
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? number : null;
  }

  /** So many finite numbers, or `null`. */
  numbers(tag: string, count?: number): number[] | null {
    const values = this.values(tag).map((value) => (typeof value === "string" && value.trim() ? Number(value) : value));
    const isRight = values.every((value): value is number => typeof value === "number" && Number.isFinite(value));
    return isRight && values.length > 0 && (count === undefined || values.length === count) ? values : null;
  }

  /** The items of a sequence. */
  items(tag: string): DicomObject[] {
    return this.values(tag)
      .filter((item): item is Dataset => typeof item === "object" && item !== null && !ArrayBuffer.isView(item))
      .map((item) => new DicomObject(item));
  }

  item(tag: string): DicomObject | null {
    return this.items(tag)[0] ?? null;
  }

  /** The bytes of a native (not encapsulated) element. */
  bytes(tag: string): Uint8Array | null {
    const [value] = this.values(tag);
    if (value instanceof ArrayBuffer) return new Uint8Array(value);
    return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : null;
  }
}

/** A DICOM file, its elements read. */
export interface DicomFile extends DicomObject {
  readonly path: string;
  /** What to call it in messages. */
  readonly name: string;
  readonly transferSyntax: string;
  /** Of the whole file. */
  readonly fileBytes: number;
}

class ReadDicomFile extends DicomObject implements DicomFile {
  constructor(
    elements: Dataset,
    readonly path: string,
    readonly name: string,
    readonly transferSyntax: string,
    readonly fileBytes: number,
  ) {
    super(elements);
  }
}

/** dcmjs is some megabytes: loaded only when a DICOM file is read or written. */
export async function loadDcmjs(): Promise<typeof import("dcmjs").default> {
  try {
    const { default: dcmjs } = await import("dcmjs");
    dcmjs.log.setLevel("silent");
    return dcmjs;
  } catch (cause) {
    throw new SamlabError("environment", "The DICOM library dcmjs could not be loaded.", {
      field: "dcmjs",
      remedy: "Run npm install again.",
      cause,
    });
  }
}

/**
 * Reads a DICOM file.
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `format-invalid`, `cancelled`, `environment`
 */
export async function readDicomFile(path: string, name = path, signal?: AbortSignal): Promise<DicomFile> {
  const bytes = await readAll(path, signal, name);
  const dcmjs = await loadDcmjs();
  throwIfCancelled(signal, `Reading ${name}`);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  try {
    const { meta, dict } = dcmjs.data.DicomMessage.readFile(buffer);
    const syntax = new DicomObject(meta).text(tags.transferSyntax) ?? "1.2.840.10008.1.2";
    return new ReadDicomFile(dict, path, name, syntax, bytes.length);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/\s+/g, " ").slice(0, 200) : String(cause);
    throw new SamlabError("format-invalid", `${name} is a damaged DICOM file (${reason}).`, {
      file: name,
      remedy: "Copy or download it again.",
      cause,
    });
  }
}

/** The error for an element that makes a file unreadable. */
export function wrongElement({ name }: DicomFile, field: string, value: unknown, what: string): SamlabError {
  const given = value === null || value === undefined ? "" : ` (it is ${String(value)})`;
  return new SamlabError("format-invalid", `${name}: ${field} ${what}${given}.`, {
    file: name,
    field,
    value,
    remedy: "Export the series again from where it came from.",
  });
}
