import { SamlabError } from "../../src/core/errors.js";
import type { Plane } from "../../src/core/plane.js";
import type { Image2d } from "../../src/io/image/image.js";
import type { Volume } from "../../src/io/image/volume.js";
import type { Sam } from "../../src/predict/sam.js";
import type { CommHost } from "../comm/comm.js";
import { currentKernel, kernelContext } from "../context.js";
import { SliceSource } from "./shared/slice-source.js";
import { PromptStore, storePlace } from "./slice-prompter/prompt-store.js";
import { SlicePrompter } from "./slice-prompter/slice-prompter.js";

export interface PromptSlicesOptions {
  /** Default `axial`. */
  readonly plane?: Plane;
  /** The slice to start with, counted from 0. Default: the middle one. */
  readonly slice?: number;
  /** Names of the objects to segment. Default: one, `object 1`; more can be added in the widget. */
  readonly objects?: readonly string[];
  /**
   * Whether prompts are kept on disk as one works and come back when the cell runs again on the same image, also after a restart of the kernel.
   * Default true, where the front end names its cells (JupyterLab and Notebook do).
   */
  readonly keep?: boolean;
  /**
   * Whether slices are encoded before they are clicked on, when there is nothing else to do: the one that is looked at, then its neighbours, these in a
   * process of lowest priority. Default true.
   */
  readonly lookAhead?: boolean;
  /** Where the widget's comm is opened. Default: the running kernel. */
  readonly host?: CommHost;
}

/**
 * A widget to segment a volume's slices (or a picture) by clicks and boxes. Let it be the last value of a cell.
 *
 * @example
 * const sam = await loadSam("lite-medsam-clicks");
 * const ct = await loadVolume("ct.nii.gz");
 * const w = promptSlices(sam, ct, { slice: 57, objects: ["liver", "spleen"] });
 * w
 * @throws {SamlabError} `environment` outside a samlab kernel, `argument-invalid` for a slice or plane that is not there
 */
export function promptSlices(sam: Sam, image: Volume | Image2d, options: PromptSlicesOptions = {}): SlicePrompter {
  const source = new SliceSource(image);
  const plane = options.plane ?? (source.volume ? "axial" : null);
  const count = source.subject.frames.find((frame) => frame.plane === plane)?.count ?? 1;
  const place = source.place(options.slice ?? Math.floor(count / 2), plane);
  const objects = options.objects ?? ["object 1"];
  if (objects.length === 0 || new Set(objects).size < objects.length) {
    throw new SamlabError("argument-invalid", "objects must be at least one name, and no name twice.", {
      field: "objects",
      value: objects,
    });
  }
  const host = options.host ?? kernelContext("promptSlices").comms;
  const cell = options.keep === false ? undefined : currentKernel()?.cell;
  const store = cell && new PromptStore(storePlace(image, cell));
  const { slice, lookAhead = true } = options;
  return new SlicePrompter(sam, source, { place, objects, store, isPlaceGiven: slice !== undefined, lookAhead }, host);
}
