import { stat } from "node:fs/promises";
import { SamlabError, throwIfCanceled } from "../../core/errors.js";
import { samlabPackage } from "../files/package.js";
import { writeFileAtomic } from "../files/write-file.js";
import { type MaskVolume, maskOnGrid } from "../mask/mask-volume.js";
import { cielabOf } from "./cielab.js";
import { frameGrid } from "./frames.js";
import { type DicomFile, loadDcmjs, tags } from "./object.js";
import { heightOf, type Slice } from "./place.js";
import { dicomFilesIn, readSeriesPlace } from "./volume.js";

const segmentationStorage = "1.2.840.10008.5.1.4.1.1.66.4";
const explicitLittleEndian = "1.2.840.10008.1.2.1";

/** Patient and study elements that are copied from the series. */
const takenOver = {
  PatientName: "00100010",
  PatientID: "00100020",
  PatientBirthDate: "00100030",
  PatientSex: "00100040",
  StudyInstanceUID: "0020000D",
  StudyDate: "00080020",
  StudyTime: "00080030",
  StudyID: "00200010",
  StudyDescription: "00081030",
  AccessionNumber: "00080050",
  ReferringPhysicianName: "00080090",
  FrameOfReferenceUID: "00200052",
  PositionReferenceIndicator: "00201040",
} as const;

/** A frame of the file: one object on one slice. */
interface SegFrame {
  /** Segment number, from 1 as in DICOM. */
  readonly segment: number;
  readonly slice: number;
}

/**
 * Writes a mask as a binary DICOM segmentation that references the series it was drawn on; slices without the object
 * have no frame.
 * @throws {SamlabError} `argument-invalid` (no series), `image-empty` (no object), `geometry-mismatch`, as `loadVolume`
 * for the series, `disk-full`, `file-write-failed`, `canceled`
 */
export async function saveDicomSegmentation(
  path: string,
  given: MaskVolume,
  options: {
    readonly series?: string | readonly string[] | undefined;
    readonly frame?: number | undefined;
    readonly names: ReadonlyMap<number, string>;
    readonly colors: ReadonlyMap<number, string>;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { signal, names, colors, frame } = options;
  const files = await seriesFiles(path, given, options.series);
  const { slices, affine } = await readSeriesPlace(files, { signal, frame });
  const [{ file: first }] = slices;
  const { rows, columns } = frameGrid(first);
  const mask = maskOnGrid(given, { size: [columns, rows, slices.length], affine });
  const { labels } = mask;
  if (labels.length === 0) {
    throw new SamlabError(
      "image-empty",
      `${path}: a DICOM segmentation needs at least one object, and the mask has none.`,
      {
        file: path,
        field: "mask",
        remedy: "Save an empty mask as .nii.gz.",
      },
    );
  }
  const perSlice = rows * columns;
  const frames = labels.flatMap((label, n) =>
    slices.flatMap((_, slice): SegFrame[] => {
      const own = mask.data.subarray(slice * perSlice, (slice + 1) * perSlice);
      return own.includes(label) ? [{ segment: n + 1, slice }] : [];
    }),
  );
  throwIfCanceled(signal, `Writing ${path}`);
  const dcmjs = await loadDcmjs();
  const { DicomDict, DicomMetaDictionary } = dcmjs.data;
  const uid = DicomMetaDictionary.uid;
  const instance = uid();
  const dataset = {
    ...common(first, instance, uid),
    ...imageModule(rows, columns, frames.length),
    SegmentSequence: labels.map((label, n) =>
      segmentItem(n + 1, names.get(label) ?? `object ${label}`, colors.get(label)),
    ),
    ...dimensions(uid()),
    ...references(slices),
    SharedFunctionalGroupsSequence: [sharedGroups(slices)],
    PerFrameFunctionalGroupsSequence: frames.map((frame) => perFrameGroups(frame, slices)),
    PixelData: packed(mask, frames, labels, perSlice).buffer,
    _vrMap: { PixelData: "OB" },
  };
  const meta = {
    FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
    MediaStorageSOPClassUID: segmentationStorage,
    MediaStorageSOPInstanceUID: instance,
    TransferSyntaxUID: explicitLittleEndian,
    ImplementationClassUID: "2.25.80302813137786398554742050926734630921603366648225212145404",
    ImplementationVersionName: `samlab ${samlabPackage.version}`.slice(0, 16),
  };
  const dict = new DicomDict(DicomMetaDictionary.denaturalizeDataset(meta));
  dict.dict = DicomMetaDictionary.denaturalizeDataset(dataset);
  await writeFileAtomic(path, new Uint8Array(dict.write({ fragmentMultiframe: false })), signal);
}

/**
 * Checks that masks of a volume can be saved as DICOM SEG. Call it before long work.
 * @throws {SamlabError} `argument-invalid` (no series), `format-unsupported` (a series without a position in a patient)
 */
export async function checkSegmentationOf(
  path: string,
  volume: Pick<MaskVolume, "series" | "source">,
  signal?: AbortSignal,
): Promise<void> {
  const [first] = await seriesFiles(path, volume, undefined);
  await readSeriesPlace([first], { signal, frame: 0 });
}

async function seriesFiles(
  path: string,
  mask: Pick<MaskVolume, "series" | "source">,
  series: string | readonly string[] | undefined,
): Promise<readonly string[]> {
  if (typeof series === "string") return (await isFolder(series)) ? dicomFilesIn(series) : [series];
  const files = series ?? mask.series;
  if (files.length > 0) return files;
  throw new SamlabError(
    "argument-invalid",
    `${path}: a DICOM segmentation refers to the series that it lies on, and ${mask.source} has none.`,
    {
      file: path,
      field: "series",
      remedy:
        "Give the files of the volume that was loaded from it, { series: volume.series }, or save the mask as .nii.gz or .nrrd.",
    },
  );
}

const isFolder = (path: string) =>
  stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );

function common(source: DicomFile, instance: string, uid: () => string): object {
  const now = new Date().toISOString();
  const date = now.slice(0, 10).replaceAll("-", "");
  const time = now.slice(11, 19).replaceAll(":", "");
  const kept = Object.entries(takenOver).map(([keyword, tag]) => [keyword, source.text(tag) ?? ""]);
  return {
    ...Object.fromEntries(kept),
    SpecificCharacterSet: "ISO_IR 192",
    SOPClassUID: segmentationStorage,
    SOPInstanceUID: instance,
    Modality: "SEG",
    SeriesInstanceUID: uid(),
    SeriesNumber: "1",
    InstanceNumber: "1",
    SeriesDescription: "Segmentation",
    SeriesDate: date,
    SeriesTime: time,
    ContentDate: date,
    ContentTime: time,
    Manufacturer: "samlab",
    ManufacturerModelName: "samlab",
    DeviceSerialNumber: "1",
    SoftwareVersions: samlabPackage.version,
    ContentLabel: "SEGMENTATION",
    ContentDescription: "",
    ContentCreatorName: "",
  };
}

function imageModule(rows: number, columns: number, frames: number): object {
  return {
    ImageType: ["DERIVED", "PRIMARY"],
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    NumberOfFrames: String(frames),
    Rows: rows,
    Columns: columns,
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    PixelRepresentation: 0,
    LossyImageCompression: "00",
    SegmentationType: "BINARY",
    SegmentsOverlap: "NO",
  };
}

const code = (value: string, scheme: string, meaning: string) => ({
  CodeValue: value,
  CodingSchemeDesignator: scheme,
  CodeMeaning: meaning,
});

function segmentItem(number: number, name: string, color: string | undefined): object {
  const tissue = code("85756007", "SCT", "Tissue");
  return {
    SegmentedPropertyCategoryCodeSequence: [tissue],
    SegmentNumber: number,
    // A backslash would separate two values.
    SegmentLabel: name.replaceAll("\\", "/").slice(0, 64),
    SegmentAlgorithmType: "SEMIAUTOMATIC",
    SegmentAlgorithmName: "samlab",
    SegmentedPropertyTypeCodeSequence: [tissue],
    ...(color ? { RecommendedDisplayCIELabValue: cielabOf(color) } : {}),
  };
}

function dimensions(organization: string): object {
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: organization }],
    DimensionIndexSequence: [
      dimension(organization, 0x0062000b, 0x0062000a, "Segment number"),
      dimension(organization, 0x00200032, 0x00209113, "Slice position"),
    ],
  };
}

const dimension = (organization: string, index: number, group: number, label: string) => ({
  DimensionOrganizationUID: organization,
  DimensionIndexPointer: index,
  FunctionalGroupPointer: group,
  DimensionDescriptionLabel: label,
});

/** Each file once, even if several of its frames are slices. */
function references(slices: readonly Slice[]): object {
  const instances = [...new Set(slices.map(({ file }) => file))].map(instanceOf);
  return {
    ReferencedSeriesSequence: [
      { SeriesInstanceUID: slices[0].file.text(tags.seriesInstance) ?? "", ReferencedInstanceSequence: instances },
    ],
  };
}

const instanceOf = (file: DicomFile) => ({
  ReferencedSOPClassUID: file.text(tags.sopClass) ?? "",
  ReferencedSOPInstanceUID: file.text(tags.sopInstance) ?? "",
});

/** A decimal string of at most 16 characters, as DICOM requires (VR DS). */
function decimal(value: number): string {
  const plain = String(value);
  if (plain.length <= 16) return plain;
  for (let digits = 16; digits > 0; digits--) {
    const short = value.toPrecision(digits);
    if (short.length <= 16) return short;
  }
  return value.toExponential(8);
}

function sharedGroups(slices: readonly Slice[]): object {
  const [first, second] = [slices[0].place, slices[1]?.place];
  if (!first) throw new TypeError("a slice without a place in a stack with an affine");
  // Along the normal (PS3.3 C.7.6.16.2.1), which is less than the step from slice to slice under a gantry tilt.
  // One slice says nothing of the distance: the slices of an overlapping reconstruction are thicker.
  const between = second ? Math.abs(heightOf(second) - heightOf(first)) : null;
  return {
    PlaneOrientationSequence: [{ ImageOrientationPatient: [...first.across, ...first.down].map(decimal) }],
    PixelMeasuresSequence: [
      {
        SliceThickness: decimal(first.thickness),
        ...(between === null ? {} : { SpacingBetweenSlices: decimal(between) }),
        PixelSpacing: [decimal(first.spacing[1]), decimal(first.spacing[0])],
      },
    ],
  };
}

function perFrameGroups({ segment, slice }: SegFrame, slices: readonly Slice[]): object {
  const { file, frame, place } = slices[slice];
  const frames = file.number(tags.numberOfFrames) ?? 1;
  const purpose = code("121322", "DCM", "Source image for image processing operation");
  return {
    DerivationImageSequence: [
      {
        DerivationCodeSequence: [code("113076", "DCM", "Segmentation")],
        SourceImageSequence: [
          {
            ...instanceOf(file),
            ...(frames > 1 ? { ReferencedFrameNumber: String(frame + 1) } : {}),
            SpatialLocationsPreserved: "YES",
            PurposeOfReferenceCodeSequence: [purpose],
          },
        ],
      },
    ],
    FrameContentSequence: [{ DimensionIndexValues: [segment, slice + 1] }],
    PlanePositionSequence: [{ ImagePositionPatient: place?.position.map(decimal) ?? [] }],
    SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment }],
  };
}

/** One bit a pixel, the first in the lowest bit, frames packed without gaps, padded to an even number of bytes. */
function packed(
  mask: MaskVolume,
  frames: readonly SegFrame[],
  labels: readonly number[],
  perSlice: number,
): Uint8Array {
  const bytes = Math.ceil((frames.length * perSlice) / 8);
  const out = new Uint8Array(bytes + (bytes % 2));
  frames.forEach(({ segment, slice }, frame) => {
    const label = labels[segment - 1];
    for (let n = 0, bit = frame * perSlice; n < perSlice; n++, bit++) {
      if (mask.data[slice * perSlice + n] === label) out[bit >> 3] |= 1 << (bit & 7);
    }
  });
  return out;
}
