import type { Plane } from "../../core/plane.js";
import type { OrientationRule } from "../../io/formats/raster.js";
import type { WindowSpec } from "../../io/image/window.js";

/** The first line of every manifest; a later, incompatible version gets another number. */
export const manifestFormat = "samlab-manifest/1";

export const modalities = [
  "CT",
  "MR",
  "PET",
  "Ultrasound",
  "X-ray",
  "Mammography",
  "Dermoscopy",
  "Endoscopy",
  "Fundus",
  "OCT",
  "Pathology",
  "Microscopy",
  "Electron microscopy",
  "Other",
] as const;
export type Modality = (typeof modalities)[number];

export const splits = ["train", "validation", "test"] as const;
export type Split = (typeof splits)[number];

/** How a truth mask came to be. `automatic` is a program's output and no ground truth: scores against it measure agreement. */
export const truthOrigins = ["manual", "semi-automatic", "automatic", "atlas", "synthetic", "unknown"] as const;
export type TruthOrigin = (typeof truthOrigins)[number];

export const otherLabelRules = ["fail", "background"] as const;
export type OtherLabels = (typeof otherLabelRules)[number];

/** One file of a case. */
export interface ManifestFile {
  /** As written in the manifest, relative to its folder. */
  readonly path: string;
  /** The same, from the root of the file system. */
  readonly file: string;
  /** 64 hex digits, checked on loading; `null` when the manifest gives none. */
  readonly sha256: string | null;
  /** Which volume of a 4D file, from 0; `null` for a 3D or 2D one. */
  readonly frame: number | null;
}

/** Which slices of a volume are evaluated. */
export interface SlicingRule {
  readonly plane: Plane;
  /** `truth`: where the object has at least `minPixels` pixels; `largest`: where it has most; or slice numbers. */
  readonly slices: "truth" | "largest" | "all" | readonly number[];
  readonly minPixels: number;
}

/** One entry of a manifest, defaults filled in. */
export interface ManifestCase {
  readonly id: string;
  /** For people; the id when the manifest gives none. */
  readonly title: string;
  /** The patient or animal; the id when the manifest gives none. */
  readonly subject: string;
  readonly modality: Modality;
  readonly image: ManifestFile & {
    readonly window: WindowSpec;
    /** On which pixels of a picture with an EXIF orientation the truth was drawn; `null` when the manifest does not say. */
    readonly orientation: OrientationRule | null;
  };
  readonly truth: ManifestFile & {
    readonly made: TruthOrigin;
    /** Who drew it, with what; may be empty. */
    readonly note: string;
    /** Every value above 0 is one object of its own. */
    readonly instances: boolean;
  };
  /** The truth's values (`1`, or `1+2` for several that are one object) or its one threshold (`>=128`), and what they mean. */
  readonly labels: Readonly<Record<string, string>>;
  /** What values of the truth that `labels` does not name are. `fail` says so in the result, the named ones go on. */
  readonly otherLabels: OtherLabels;
  readonly slicing: SlicingRule;
  readonly licence: string;
  /** May be empty. */
  readonly source: string;
  readonly split: Split;
  readonly notes: string;
  /** The manifest it stands in. */
  readonly manifest: string;
}

export interface Manifest {
  readonly name: string;
  readonly description: string;
  /** The manifest's own path. */
  readonly file: string;
  readonly cases: readonly ManifestCase[];
}
