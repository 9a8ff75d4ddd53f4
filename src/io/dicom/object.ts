import { messageOf, SamlabError, throwIfCanceled } from "../../core/errors.js";
import { readAll } from "../files/read-file.js";
import type { Dataset, DcmjsLibrary } from "./dcmjs-library.js";
import { mendDcmjs } from "./mend-dcmjs.js";
import { inflatedFile, wholeFile } from "./whole-file.js";

/** Tags by their keywords in the standard (PS3.6). */
export const tags = {
  transferSyntax: "00020010",
  directoryRecords: "00041220",
  characterSet: "00080005",
  imageType: "00080008",
  sopClass: "00080016",
  sopInstance: "00080018",
  acquisitionDate: "00080022",
  contentDate: "00080023",
  acquisitionDateTime: "0008002A",
  acquisitionTime: "00080032",
  contentTime: "00080033",
  modality: "00080060",
  seriesDescription: "0008103E",
  patientId: "00100020",
  sliceThickness: "00180050",
  echoTime: "00180081",
  echoNumbers: "00180086",
  spacingBetweenSlices: "00180088",
  imagerPixelSpacing: "00181164",
  frameAcquisitionDateTime: "00189074",
  effectiveEchoTime: "00189082",
  diffusionB: "00189087",
  mrEcho: "00189114",
  mrDiffusion: "00189117",
  studyInstance: "0020000D",
  seriesInstance: "0020000E",
  seriesNumber: "00200011",
  acquisitionNumber: "00200012",
  instanceNumber: "00200013",
  imagePosition: "00200032",
  imageOrientation: "00200037",
  frameOfReference: "00200052",
  temporalPosition: "00200100",
  frameContent: "00209111",
  planePositions: "00209113",
  planeOrientations: "00209116",
  temporalPositionIndex: "00209128",
  frameAcquisitionNumber: "00209156",
  dimensionIndexValues: "00209157",
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
  voiLut: "00283010",
  lutDescriptor: "00283002",
  lutType: "00283004",
  lutData: "00283006",
  pixelMeasures: "00289110",
  frameVoi: "00289132",
  pixelTransformations: "00289145",
  totalPixelMatrixColumns: "00480006",
  detectors: "00540022",
  sliceVector: "00540080",
  petUnits: "00541001",
  doseUnits: "30040002",
  frameOffsets: "3004000C",
  doseScaling: "3004000E",
  sharedGroups: "52009229",
  perFrameGroups: "52009230",
  floatPixels: "7FE00008",
  doublePixels: "7FE00009",
  pixels: "7FE00010",
} as const;

/** The elements of a file, or of a sequence item. Values of an unexpected type count as missing. */
export class DicomObject {
  readonly #elements: Dataset;
  /** Decodes text inside sequence items. */
  readonly #decodeItems: (text: string) => string;
  readonly #decode: (text: string) => string;

  /**
   * @param decodeItems decodes text in sequences, which dcmjs reads as Latin-1 whatever the file's character set
   * @param decode likewise for the text elements of this object
   */
  constructor(elements: Dataset, decodeItems = (text: string) => text, decode = (text: string) => text) {
    this.#elements = elements;
    this.#decodeItems = decodeItems;
    this.#decode = decode;
  }

  /** An element's values; empty if the element is missing. */
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
    if (typeof value === "object" && value !== null && "Alphabetic" in value) return nameOf({ ...value });
    return typeof value === "string" && value.trim() !== "" ? withoutEnd(this.#decode(value), "\0").trim() : null;
  }

  number(tag: string): number | null {
    const [value] = this.#numerals(tag);
    return typeof value === "number" && Number.isFinite(value) ? value : null;
  }

  /** Exactly `count` finite numbers, or `null`. */
  numbers(tag: string, count?: number): number[] | null {
    const values = this.#numerals(tag);
    const isRight = values.every((value): value is number => typeof value === "number" && Number.isFinite(value));
    return isRight && values.length > 0 && (count === undefined || values.length === count) ? values : null;
  }

  /** The values as numbers where they are, from the text of the file: dcmjs reads "0,8" as 8. */
  #numerals(tag: string): unknown[] {
    const raw = this.#elements[tag]?._rawValue;
    return this.values(tag).map((value, n) => {
      const text = Array.isArray(raw) && typeof raw[n] === "string" ? raw[n] : value;
      return typeof text === "string" && text.trim() !== "" ? Number(withoutEnd(text, "\0")) : value;
    });
  }

  /** The text of an element as it stands in the file, for messages; `null` if it is missing or empty. */
  written(tag: string): string | null {
    const values: readonly unknown[] = this.#elements[tag]?._rawValue ?? this.values(tag);
    const texts = [values].flat().map((value) => String(value ?? "").trim());
    return texts.every((text) => text === "") ? null : texts.join("\\");
  }

  /** The items of a sequence. */
  items(tag: string): DicomObject[] {
    return this.values(tag)
      .filter((item): item is Dataset => typeof item === "object" && item !== null && !ArrayBuffer.isView(item))
      .map((item) => new DicomObject(item, this.#decodeItems, this.#decodeItems));
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

/** A person's name in Latin letters, in ideographs, and as it sounds, as files have it (PS3.5 6.2.1). */
function nameOf(parts: Readonly<Record<string, unknown>>): string {
  const texts = ["Alphabetic", "Ideographic", "Phonetic"].map((part) => String(parts[part] ?? ""));
  return withoutEnd(texts.join("="), "=");
}

/** The text without these characters at its end. A pattern would begin anew at each of them. */
function withoutEnd(text: string, character: string): string {
  let end = text.length;
  while (text[end - 1] === character) end--;
  return text.slice(0, end);
}

/** A parsed DICOM file. */
export interface DicomFile extends DicomObject {
  readonly path: string;
  /** Its name in messages. */
  readonly name: string;
  readonly transferSyntax: string;
  /** All bytes of the file. */
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
    super(elements, decoderOf(elements));
  }
}

/** Character sets of the standard (PS3.3 C.12.1.1.2) by their `TextDecoder` labels. */
const characterSets: Readonly<Record<string, string>> = {
  "ISO_IR 192": "utf-8",
  "ISO_IR 101": "iso-8859-2",
  "ISO_IR 109": "iso-8859-3",
  "ISO_IR 110": "iso-8859-4",
  "ISO_IR 144": "iso-8859-5",
  "ISO_IR 127": "iso-8859-6",
  "ISO_IR 126": "iso-8859-7",
  "ISO_IR 138": "iso-8859-8",
  "ISO_IR 148": "windows-1254",
  "ISO_IR 13": "shift_jis",
  "ISO_IR 166": "windows-874",
  GB18030: "gb18030",
  GBK: "gbk",
};

function decoderOf(elements: Dataset): (text: string) => string {
  // dcmjs replaces this value after it decodes the text outside sequences.
  const [said] = elements[tags.characterSet]?._rawValue ?? [];
  const label = typeof said === "string" ? characterSets[said.trim()] : undefined;
  if (label === undefined) return (text) => text;
  const decoder = new TextDecoder(label);
  return (text) => decoder.decode(Buffer.from(text, "latin1"));
}

/** dcmjs is several megabytes, so it is loaded only when a DICOM file is read or written. */
export async function loadDcmjs(): Promise<DcmjsLibrary> {
  try {
    const { default: dcmjs } = await import("dcmjs");
    dcmjs.log.setLevel("silent");
    // The validator also warns about valid elements that it does not support.
    dcmjs.log.getLogger("validation.dcmjs").setLevel("silent");
    mendDcmjs(dcmjs);
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
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `format-invalid`, `format-unsupported`,
 * `canceled`, `environment`
 */
export async function readDicomFile(path: string, name = path, signal?: AbortSignal): Promise<DicomFile> {
  const bytes = await inflatedFile(wholeFile(await readAll(path, signal, name)), name);
  const dcmjs = await loadDcmjs();
  throwIfCanceled(signal, `Reading ${name}`);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  try {
    const { meta, dict } = readMessage(dcmjs, buffer);
    if (Object.keys(dict).length === 0) throw new Error("it holds no elements");
    const syntax = new DicomObject(meta).text(tags.transferSyntax) ?? "1.2.840.10008.1.2";
    return new ReadDicomFile(dict, path, name, syntax, bytes.length);
  } catch (cause) {
    const reason = messageOf(cause).replace(/\s+/g, " ").slice(0, 200);
    throw new SamlabError("format-invalid", `${name} is a damaged DICOM file (${reason}).`, {
      file: name,
      remedy: "Copy or download it again.",
      cause,
    });
  }
}

/**
 * dcmjs rejects files with several character sets (common in Asia) unless errors are ignored; it then uses the first
 * set.
 */
function readMessage({ data: { DicomMessage } }: DcmjsLibrary, buffer: ArrayBuffer) {
  try {
    return DicomMessage.readFile(buffer);
  } catch (error) {
    if (!(error instanceof Error && /character set/i.test(error.message))) throw error;
    return DicomMessage.readFile(buffer, { ignoreErrors: true });
  }
}

/**
 * The numbers of an element of a file, or of an item of it; `null` if it is missing or empty.
 * @throws {SamlabError} `format-invalid` for other than `count` numbers
 */
export function givenNumbers(file: DicomFile, from: DicomObject, field: keyof typeof numberFields): number[] | null {
  const [tag, count] = numberFields[field];
  const said = from.written(tag);
  if (said === null) return null;
  const numbers = from.numbers(tag, count);
  if (numbers) return numbers;
  throw wrongElement(file, field, said, count === 1 ? "must be a number" : `must be ${count} numbers`);
}

/** Elements that values and places depend on, and how many numbers they have. */
const numberFields = {
  PixelSpacing: [tags.pixelSpacing, 2],
  ImagePositionPatient: [tags.imagePosition, 3],
  ImageOrientationPatient: [tags.imageOrientation, 6],
  RescaleSlope: [tags.rescaleSlope, 1],
  RescaleIntercept: [tags.rescaleIntercept, 1],
  DoseGridScaling: [tags.doseScaling, 1],
} as const;

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
