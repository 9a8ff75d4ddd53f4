import { readFileSync, writeFileSync } from "node:fs";
import type { Dataset } from "../../../src/io/dicom/dcmjs-library.js";
import { loadDcmjs } from "../../../src/io/dicom/object.js";

/** Transfer syntaxes that the tests write. */
export const syntaxes = { explicit: "1.2.840.10008.1.2.1", rle: "1.2.840.10008.1.2.5" } as const;

const storage = { CT: "1.2.840.10008.5.1.4.1.1.2", enhancedCT: "1.2.840.10008.5.1.4.1.1.2.1" } as const;

/** Elements by their keywords, as dcmjs writes them. */
export type Elements = Readonly<Record<string, unknown>>;

/** What is written unless the test says otherwise: a CT slice of 16 bits at the origin. */
export interface DicomInit {
  /** Rows × columns × frames stored numbers. */
  readonly pixels: Uint16Array | Int16Array | Uint32Array;
  readonly rows: number;
  readonly columns: number;
  readonly frames?: number;
  /** Default `explicit`. */
  readonly syntax?: keyof typeof syntaxes;
  readonly kind?: keyof typeof storage;
  /** Elements more than, or other than, the usual. */
  readonly more?: Elements;
}

/** The bytes of a DICOM file. */
export async function dicomBytes(init: DicomInit): Promise<Uint8Array> {
  return new Uint8Array((await dicomDict(init)).write({ fragmentMultiframe: false }));
}

/** Changes the elements of a DICOM file. */
export async function editDicom(path: string, change: (elements: Dataset) => void): Promise<void> {
  const { DicomMessage } = (await loadDcmjs()).data;
  const file = DicomMessage.readFile(new Uint8Array(readFileSync(path)).buffer);
  change(file.dict);
  writeFileSync(path, new Uint8Array(file.write({ fragmentMultiframe: false })));
}

/** The first item of a sequence. */
export const firstItem = (elements: Dataset, tag: string): Dataset => (elements[tag].Value as Dataset[])[0];

/** Files of five by four pixels, 2 mm apart; slice `n` holds the number `n`. */
export function evenSeries(
  count: number,
  put: (name: string, bytes: Uint8Array) => string,
  more: (slice: number) => Elements = () => ({}),
): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, slice) => {
      const own = { ImagePositionPatient: ["0", "0", String(2 * slice)], InstanceNumber: String(slice + 1) };
      const init = { pixels: new Uint16Array(20).fill(slice), rows: 4, columns: 5, more: { ...own, ...more(slice) } };
      return put(`${slice}.dcm`, await dicomBytes(init));
    }),
  );
}

/** What an enhanced image says of the frame of a volume at a height. */
export type FrameGroups = (volume: number, height: number) => Elements;

/**
 * An enhanced image of volumes with 2×2 pixels, all 10 × volume + height, whose frames are stored in another order at
 * every other height.
 */
export function enhancedBytes(volumes: number, heights: number, groups: FrameGroups): Promise<Uint8Array> {
  const frames = Array.from({ length: heights }, (_, height) =>
    Array.from({ length: volumes }, (_, n) => ({ height, volume: (n + height) % volumes })),
  ).flat();
  return dicomBytes({
    pixels: Uint16Array.from(frames.flatMap(({ volume, height }) => new Array<number>(4).fill(10 * volume + height))),
    rows: 2,
    columns: 2,
    frames: frames.length,
    kind: "enhancedCT",
    more: {
      SharedFunctionalGroupsSequence: [
        {
          PlaneOrientationSequence: [{ ImageOrientationPatient: ["1", "0", "0", "0", "1", "0"] }],
          PixelMeasuresSequence: [{ PixelSpacing: ["1", "1"], SliceThickness: "3" }],
        },
      ],
      PerFrameFunctionalGroupsSequence: frames.map(({ volume, height }) => ({
        PlanePositionSequence: [{ ImagePositionPatient: ["0", "0", String(3 * height)] }],
        ...groups(volume, height),
      })),
    },
  });
}

/** The data set of a DICOM file alone, in implicit little-endian form. */
export async function implicitDataSet(init: DicomInit): Promise<Uint8Array> {
  const dict = await dicomDict(init, "1.2.840.10008.1.2");
  const bytes = Buffer.from(dict.write({ fragmentMultiframe: false }));
  return bytes.subarray(132 + 12 + bytes.readUInt32LE(140));
}

async function dicomDict(init: DicomInit, transferSyntax: string = syntaxes[init.syntax ?? "explicit"]) {
  const { pixels, rows, columns, frames = 1, syntax = "explicit", kind = "CT", more = {} } = init;
  const {
    data: { DicomDict, DicomMetaDictionary },
  } = await loadDcmjs();
  const bits = 8 * pixels.BYTES_PER_ELEMENT;
  const instance = DicomMetaDictionary.uid();
  const perFrame = pixels.byteLength / frames;
  const frameBytes = Array.from({ length: frames }, (_, n) =>
    new Uint8Array(pixels.buffer, pixels.byteOffset + n * perFrame, perFrame).slice(),
  );
  const stored = syntax === "rle" ? frameBytes.map(runLengths) : [Buffer.concat(frameBytes)];
  const dataset = {
    SOPClassUID: storage[kind],
    SOPInstanceUID: instance,
    StudyInstanceUID: "1.2.3",
    SeriesInstanceUID: "1.2.3.4",
    FrameOfReferenceUID: "1.2.3.5",
    Modality: "CT",
    PatientID: "test",
    InstanceNumber: "1",
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    ...(frames > 1 ? { NumberOfFrames: String(frames) } : {}),
    Rows: rows,
    Columns: columns,
    BitsAllocated: bits,
    BitsStored: bits,
    HighBit: bits - 1,
    PixelRepresentation: pixels instanceof Int16Array ? 1 : 0,
    ...(kind === "CT"
      ? {
          ImagePositionPatient: ["0", "0", "0"],
          ImageOrientationPatient: ["1", "0", "0", "0", "1", "0"],
          PixelSpacing: ["1", "1"],
          SliceThickness: "3",
        }
      : {}),
    PixelData: stored.map((bytes) => new Uint8Array(bytes).buffer),
    _vrMap: { PixelData: syntax === "rle" ? "OB" : "OW" },
    ...more,
  };
  const dict = new DicomDict(
    DicomMetaDictionary.denaturalizeDataset({
      FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
      MediaStorageSOPClassUID: storage[kind],
      MediaStorageSOPInstanceUID: instance,
      TransferSyntaxUID: transferSyntax,
      ImplementationClassUID: "1.2.3.6",
    }),
  );
  dict.dict = DicomMetaDictionary.denaturalizeDataset(dataset);
  return dict;
}

/** One frame in run lengths (PS3.5 Annex G): a segment for each byte of the values, the highest first, without runs. */
function runLengths(frame: Uint8Array): Uint8Array {
  const each = 2;
  const segments = Array.from({ length: each }, (_, segment) => {
    const plane = frame.filter((_, n) => n % each === each - 1 - segment);
    const parts: number[] = [];
    for (let at = 0; at < plane.length; at += 128) {
      const piece = plane.subarray(at, at + 128);
      parts.push(piece.length - 1, ...piece);
    }
    return Uint8Array.from(parts.length % 2 === 0 ? parts : [...parts, 0x80]);
  });
  const head = Buffer.alloc(64);
  head.writeUInt32LE(each, 0);
  segments.reduce((at, { length }, n) => {
    head.writeUInt32LE(at, 4 + 4 * n);
    return at + length;
  }, 64);
  return Buffer.concat([head, ...segments]);
}
