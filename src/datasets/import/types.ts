import type { OrientationRule } from "../../io/formats/raster.js";
import type { WindowSpec } from "../../io/image/window.js";
import type {
  Manifest,
  ManifestCase,
  Modality,
  OtherLabels,
  SlicingRule,
  Split,
  TruthOrigin,
} from "../manifest/types.js";

export const importFormats = ["nnunet", "decathlon", "pairs", "npz", "coco"] as const;
/** Data sets that {@link importManifest} reads: `nnunet`, `decathlon`, `pairs`, `npz`, or `coco`. */
export type ImportFormat = (typeof importFormats)[number];

/**
 * Information that is missing from a data set's files, or overrides them. All optional; an error says when one is
 * required.
 */
export interface ImportOptions {
  /** Default `"auto"`: detected from the files. */
  readonly format?: ImportFormat | "auto" | undefined;
  /** The data set's name in tables and charts. Default: its own, else the folder's. */
  readonly name?: string | undefined;
  /**
   * Default: detected from channel or file names (`CT`, `FLAIR`, `2DBox_US_0001.npz`); an error if they do not contain
   * it.
   */
  readonly modality?: Modality | undefined;
  /**
   * A label map, `{ "1": "liver", "2+3": "tumor" }`, instead of the data set's. Or the name of the one object: every
   * value above 0 is it (from 128 in JPEG masks, whose background is not quite 0; PNG and TIFF masks with several
   * values above 0, in one or over all, are refused). Pairs need one of the two; COCO names its categories itself.
   */
  readonly labels?: string | Readonly<Record<string, string>> | undefined;
  /**
   * A lookup table that names the numbers: FreeSurfer's (FreeSurferColorLUT.txt), 3D Slicer's (.ctbl), ITK-SNAP's label
   * descriptions, or a .tsv with the columns index and name. The truths are read to find the numbers that occur.
   */
  readonly lookupTable?: string | undefined;
  /**
   * Every value in a mask is a separate object; `labels` is then their common name. Default for .npz without `labels`,
   * and always so for COCO.
   */
  readonly instances?: boolean | undefined;
  /** Default: the data set's own, else `"not stated"`. */
  readonly license?: string | undefined;
  /** Where the files come from: project, version. Default: what the data set says. */
  readonly source?: string | undefined;
  /** Default: `train` for the training cases of nnU-Net and Decathlon, else `test`. */
  readonly split?: Split | undefined;
  /** The origin of the truth. Default `"unknown"`. */
  readonly made?: TruthOrigin | undefined;
  /** Which slices are evaluated. Default: axial slices with the object. */
  readonly slicing?: Partial<SlicingRule> | undefined;
  /** How intensities become gray levels. Default `"auto"`. */
  readonly window?: WindowSpec | undefined;
  /**
   * Of pictures with an EXIF orientation: whether the truth was drawn on the upright picture (`apply`) or on the stored
   * pixels (`ignore`).
   */
  readonly orientation?: OrientationRule | undefined;
  /** nnU-Net and Decathlon: which channel of several, by number from 0 or by name. */
  readonly channel?: number | string | undefined;
  /**
   * Pairs: names of the images below the folder, with one `*` that they share with their masks: `images/*.png`. COCO:
   * the images' folder.
   */
  readonly images?: string | undefined;
  /** Pairs: names of the masks: `masks/*_gt.png`. */
  readonly masks?: string | undefined;
  /**
   * .npz and COCO: the folder for the files that they are turned into, made if it is not there. A file of such a name
   * in it with another content is an error, so give each data set a folder of its own.
   */
  readonly out?: string | undefined;
  /**
   * Images without a truth and truths without an image: an error that lists them (default), or left out and listed in
   * `notes`.
   */
  readonly unmatched?: "refuse" | "skip" | undefined;
  /** Take the sha256 of every file, which reads them all. Default false. */
  readonly sha256?: boolean | undefined;
  /** Cancels the import. */
  readonly signal?: AbortSignal | undefined;
}

/** A data set as a manifest: give it to `evaluate`, or keep it with `saveManifest`. */
export interface ImportedManifest extends Manifest {
  /** The layout that was read. */
  readonly format: ImportFormat;
  /** What was omitted or unknown, one sentence each. */
  readonly notes: readonly string[];
}

/** A case as an importer finds it; options and defaults come later. */
export interface CaseDraft {
  /** Any text; made fit for an id. */
  readonly id: string;
  readonly image: {
    readonly file: string;
    readonly frame?: number | undefined;
    readonly orientation?: OrientationRule | undefined;
  };
  readonly truth: { readonly file: string; readonly instances?: boolean | undefined };
  /** `null` when the data set does not say, or when the options do. */
  readonly labels: ManifestCase["labels"] | null;
  /** `null` when the data set does not say. */
  readonly modality: Modality | null;
  readonly split: Split;
  /** Cases of one image are of one subject. Default: every case is its own. */
  readonly subject?: string | undefined;
  readonly window?: WindowSpec | undefined;
  /** Default `fail`. */
  readonly otherLabels?: OtherLabels | undefined;
  readonly notes?: string | undefined;
}

/** The result of an importer. */
export interface DatasetDraft {
  readonly format: ImportFormat;
  /** The file or folder that describes the data set. */
  readonly file: string;
  readonly name: string;
  readonly description?: string | undefined;
  readonly license?: string | undefined;
  readonly source?: string | undefined;
  readonly cases: readonly CaseDraft[];
  readonly notes: readonly string[];
}
