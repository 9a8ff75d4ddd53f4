// Generated from data-samples/manifest.schema.json by `npm run generate`.
export const manifestFormat = "samlab-manifest/1";
export const modalities = ["CT","MR","PET","Ultrasound","X-ray","Mammography","Dermoscopy","Endoscopy","Fundus","OCT","Pathology","Microscopy","Electron microscopy","Other"] as const;
export const splits = ["train","validation","test"] as const;
export const truthOrigins = ["manual","semi-automatic","automatic","atlas","synthetic","unknown"] as const;
/**
 * Results are grouped by it.
 */
export type Modality =
  | "CT"
  | "MR"
  | "PET"
  | "Ultrasound"
  | "X-ray"
  | "Mammography"
  | "Dermoscopy"
  | "Endoscopy"
  | "Fundus"
  | "OCT"
  | "Pathology"
  | "Microscopy"
  | "Electron microscopy"
  | "Other";
export type Text = string;
/**
 * What to do with truth values that labels does not name. `fail` (default): an evaluation scores the named ones and has
 * a failed row for each of the others, since a forgotten label is easily overlooked. `background`: treat them as
 * background.
 */
export type OtherLabels = "fail" | "background";
export type Split = "train" | "validation" | "test";
/**
 * Of the file's bytes; of a folder what `sha256sum * | sha256sum` prints in it; of a header with separate voxels (.hdr,
 * .mhd, .nhdr) what `sha256sum header voxels | sha256sum` prints. Checked on loading.
 */
export type Sha256 = string;
/**
 * Which volume of a 4D file, from 0.
 */
export type Frame = number;
/**
 * How intensities become gray levels; `auto` if not given.
 */
export type Window =
  | ("auto" | "abdomen" | "liver" | "mediastinum" | "lung" | "bone" | "brain" | "subdural" | "spine")
  | {
      low: number;
      high: number;
    }
  | {
      width: number;
      level: number;
    }
  | {
      /**
       * @minItems 2
       * @maxItems 2
       */
      percentiles: [number, number];
      ignoreZero?: boolean;
    };

/**
 * Images with their ground truth, for evaluation and fine-tuning. Paths are relative to the manifest's own folder.
 */
export interface ManifestJson {
  $schema?: string;
  /**
   * Which version of this format the file follows.
   */
  format: "samlab-manifest/1";
  /**
   * The data set's name, for tables and charts.
   */
  name: string;
  description?: string;
  /**
   * Fields for every case that does not give its own. A case's field replaces the default as a whole.
   */
  defaults?: {
    modality?: Modality;
    labels?: Labels;
    otherLabels?: OtherLabels;
    slicing?: Slicing;
    license?: Text;
    source?: Text;
    split?: Split;
  };
  /**
   * @minItems 1
   */
  cases: [Case, ...Case[]];
}
/**
 * The truth's values and what they mean: whole numbers from 1 to 65535 (`1`), several that are taken together as one
 * object (`1+2`), or one threshold (`>=128`, `>=0.5`) for gray masks, JPEG masks and probability maps. Of a PNG with a
 * palette the number is the color's place in it. A gray PNG of 1, 2 or 4 bits counts as it is stored (0 to 1, 3 or 15)
 * where all these numbers can be stored in it, else stretched to 0–255. Values that are not named: see otherLabels.
 */
export interface Labels {
  [k: string]: Text;
}
/**
 * How a volume is cut into the 2D images that are evaluated. Ignored for pictures. Default: axial, the slices where the
 * object is.
 */
export interface Slicing {
  plane?: "axial" | "coronal" | "sagittal";
  /**
   * `truth`: slices where the object has at least minPixels pixels. `largest`: the one where it has most. `all`: every
   * slice. Or a list of slice numbers, from 0.
   */
  slices?: ("truth" | "largest" | "all") | [number, ...number[]];
  /**
   * Default 1.
   */
  minPixels?: number;
}
/**
 * modality, labels, license and split must stand here or in the defaults.
 */
export interface Case {
  /**
   * Unique within the manifest; used in file names.
   */
  id: string;
  title?: Text;
  /**
   * The patient or animal. Cases of one subject must be in one split. Default: every case is its own subject.
   */
  subject?: string;
  modality?: Modality;
  image: Image;
  truth: Truth;
  labels?: Labels;
  otherLabels?: OtherLabels;
  slicing?: Slicing;
  /**
   * SPDX identifier, or the license's name.
   */
  license?: string;
  /**
   * Where the files come from: project, version, original name.
   */
  source?: string;
  split?: Split;
  notes?: string;
}
export interface Image {
  path: Text;
  sha256?: Sha256;
  frame?: Frame;
  /**
   * Which series of a folder of several DICOM series: its UID, number, or description.
   */
  series?: string;
  window?: Window;
  /**
   * NaN and infinite voxels: refuse the image (default), or set them to 0.
   */
  nonFinite?: "reject" | "zero";
  /**
   * For pictures with an EXIF orientation, when the truth has none: whether the truth was drawn on the upright picture
   * (`apply`) or on the pixels as they are stored (`ignore`, as COCO and Pillow have it).
   */
  orientation?: "apply" | "ignore";
}
export interface Truth {
  path: Text;
  sha256?: Sha256;
  frame?: Frame;
  /**
   * How the mask came to be. `automatic` is a program's or a model's output and no ground truth; scores against it
   * measure agreement.
   */
  made: "manual" | "semi-automatic" | "automatic" | "atlas" | "synthetic" | "unknown";
  /**
   * Who drew it, with what.
   */
  note?: string;
  /**
   * Every value above 0 is one object of its own; labels then has the one key `>=1`. Default false.
   */
  instances?: boolean;
}
