import type { Plane } from "../../core/plane.js";
import type { OrientationRule } from "../../io/formats/raster.js";
import type { NonFinite } from "../../io/image/non-finite.js";
import type { WindowSpec } from "../../io/image/window.js";
import { manifestFormat, modalities, type OtherLabels, splits, truthOrigins } from "./generated/manifest-json.js";

export type { OtherLabels };
export { manifestFormat, modalities, splits, truthOrigins };

/**
 * How an image was taken: `CT`, `MR`, `PET`, `Ultrasound`, `X-ray`, `Mammography`, `Dermoscopy`, `Endoscopy`, `Fundus`,
 * `OCT`, `Pathology`, `Microscopy`, `Electron microscopy`, or `Other`.
 */
export type Modality = (typeof modalities)[number];

/** What a case is for: `train`, `validation`, or `test`. */
export type Split = (typeof splits)[number];

/**
 * How a truth mask came to be: `manual`, `semi-automatic`, `automatic`, `atlas`, `synthetic`, or `unknown`. `automatic`
 * is a program's output and no ground truth: scores against it measure agreement.
 */
export type TruthOrigin = (typeof truthOrigins)[number];

/** The image or the truth of a case: a file, or the folder of a DICOM series. */
export interface ManifestFile {
  /** As written in the manifest, relative to its folder. */
  readonly path: string;
  /** The same, from the root of the file system. */
  readonly file: string;
  /**
   * 64 hex digits, checked on loading; `null` when the manifest gives none. Of a folder that of the lines
   * `<sha256>  <name>` of its files, sorted by name; of a header with separate voxels that of such lines of both.
   */
  readonly sha256: string | null;
  /** Which volume of a 4D file, from 0; `null` for a 3D or 2D one. */
  readonly frame: number | null;
}

/** Which slices of a volume are evaluated. */
export interface SlicingRule {
  /** The plane of the slices. */
  readonly plane: Plane;
  /** `truth`: where the object has at least `minPixels` pixels; `largest`: where it has most; or slice numbers. */
  readonly slices: "truth" | "largest" | "all" | readonly number[];
  /** Objects with fewer pixels on a slice are left out. */
  readonly minPixels: number;
}

/** One entry of a manifest, defaults filled in. */
export interface ManifestCase {
  /** Unique within the manifest: letters, digits, `.`, `_`, `-`. */
  readonly id: string;
  /** For people; the id when the manifest gives none. */
  readonly title: string;
  /** The patient or animal; the id when the manifest gives none. */
  readonly subject: string;
  /** Results are grouped by it. */
  readonly modality: Modality;
  /** The picture or volume, and how it is shown to a model. */
  readonly image: ManifestFile & {
    /** Which series of a folder of several DICOM series: its UID, number, or description; `null` for the only one. */
    readonly series: string | null;
    readonly window: WindowSpec;
    /** What to do with NaN and infinite voxels. */
    readonly nonFinite: NonFinite;
    /**
     * On which pixels of a picture with an EXIF orientation the truth was drawn; `null` when the manifest does not say.
     */
    readonly orientation: OrientationRule | null;
  };
  /** The reference mask and its origin. */
  readonly truth: ManifestFile & {
    readonly made: TruthOrigin;
    /** Who drew it, with what; may be empty. */
    readonly note: string;
    /** Every value above 0 is a separate object. */
    readonly instances: boolean;
  };
  /**
   * The truth's values (`1`, or `1+2` for several that are one object) or its one threshold (`>=128`), and what they
   * mean.
   */
  readonly labels: Readonly<Record<string, string>>;
  /**
   * How to treat truth values that are not in `labels`. `fail` reports them in the result; labels that are listed are
   * still evaluated.
   */
  readonly otherLabels: OtherLabels;
  /** How a volume is cut into 2D images; ignored for pictures. */
  readonly slicing: SlicingRule;
  /** SPDX identifier, or the license's name. */
  readonly license: string;
  /** May be empty. */
  readonly source: string;
  /** What the case is for. */
  readonly split: Split;
  /** For people; may be empty. */
  readonly notes: string;
  /** The manifest that contains it. */
  readonly manifest: string;
}

/** A data set: what {@link readManifest} reads, defaults filled in. */
export interface Manifest {
  readonly name: string;
  /** For people; may be empty. */
  readonly description: string;
  /** The manifest's own path. */
  readonly file: string;
  /** In the order of the file. */
  readonly cases: readonly ManifestCase[];
}
