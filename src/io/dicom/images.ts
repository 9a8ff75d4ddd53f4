import { SamlabError } from "../../core/errors.js";
import { type DicomFile, tags } from "./object.js";

/** Modalities of files without an image: Segmentation Storage, RT Structure Set, and others. */
const notImages = new Set(["SEG", "RTSTRUCT", "SR", "PR", "KO", "RTPLAN", "REG"]);

const isDirectory = (file: DicomFile) => file.has(tags.directoryRecords);

/**
 * The files that hold an image.
 * @throws {SamlabError} `format-unsupported` if there are none
 */
export function imagesAmong(files: readonly DicomFile[], name: string | undefined): DicomFile[] {
  const images = files.filter((file) => !notImages.has(file.text(tags.modality) ?? "") && !isDirectory(file));
  if (images.length > 0) return images;
  const [only] = files;
  const shown = name ?? only.name;
  if (isDirectory(only)) {
    throw new SamlabError("format-unsupported", `${shown} is a DICOMDIR, which lists the files of other folders.`, {
      file: shown,
      field: "DirectoryRecordSequence",
      remedy: "Give the folder that the files of a series lie in.",
    });
  }
  throw new SamlabError(
    "format-unsupported",
    `${shown} is not an image; its modality is ${only.text(tags.modality)}.`,
    {
      file: shown,
      field: "Modality",
      value: only.text(tags.modality),
      remedy: "Load a segmentation or structure set with loadMask.",
    },
  );
}

/**
 * Refuses files whose frames are not slices but hold several of them side by side, or tiles of one picture.
 * @throws {SamlabError} `format-unsupported`
 */
export function checkFramesAreSlices(file: DicomFile): void {
  if (file.values(tags.imageType).includes("MOSAIC")) {
    throw new SamlabError(
      "format-unsupported",
      `${file.name} is a mosaic of Siemens: the slices of a volume lie side by side in one picture.`,
      { file: file.name, field: "ImageType", value: "MOSAIC", remedy: "Convert the series to NIfTI with dcm2niix." },
    );
  }
  if (file.has(tags.totalPixelMatrixColumns) && (file.number(tags.numberOfFrames) ?? 1) > 1) {
    throw new SamlabError(
      "format-unsupported",
      `${file.name} is a picture of slide microscopy in ${file.number(tags.numberOfFrames)} tiles, which are not put together here.`,
      {
        file: file.name,
        field: "TotalPixelMatrixColumns",
        value: file.number(tags.totalPixelMatrixColumns),
        remedy: "Save a region of it as PNG or TIFF, e.g. with OpenSlide or wsidicom.",
      },
    );
  }
}
