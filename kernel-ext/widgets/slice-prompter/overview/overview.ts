import { detached } from "../../../../src/core/ambient.js";
import { runsOfBits } from "../../../../src/core/mask-runs.js";
import type { ObjectRuns, OverviewState, SurfaceState } from "../../../../src/protocol/overview.js";
import {
  frameOf,
  type Place,
  pixelUnder,
  type SliceSamples,
  samePlace,
  voxelAt,
} from "../../../../src/protocol/slices.js";
import type { SliceSource } from "../../shared/slice-source.js";
import type { Book } from "../book.js";
import { masksOf, sameParts, sectionOf } from "../crossing.js";
import { CoarseGrid } from "./coarse-grid.js";

/** The surface is computed at most once in this many ms, since masks may change many times a second. */
const surfacePause = 400;

type Voxel = readonly [number, number, number];

/** The part of a widget's state that belongs to the overview; empty while it is closed. */
export interface OverviewParts {
  readonly overview: OverviewState | null;
  readonly crossSlices: readonly SliceSamples[];
  readonly surface: SurfaceState | null;
}

const closed: OverviewParts = { overview: null, crossSlices: [], surface: null };

/** The planes through the crosshair and the surface of a volume's masks. While closed it costs nothing. */
export class Overview {
  readonly #source: SliceSource;
  readonly #onChange: () => void;
  #isOpen = false;
  #crosshair: Voxel;
  #grid: CoarseGrid | null = null;
  #slices: readonly SliceSamples[] = [];
  #sections: { readonly from: readonly unknown[]; readonly state: OverviewState["sections"] } = { from: [], state: [] };
  #surface: { from: readonly unknown[]; state: SurfaceState | null; time: number } = { from: [], state: null, time: 0 };
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `onChange` is called when a new surface is due. */
  constructor(source: SliceSource, place: Place, onChange: () => void) {
    this.#source = source;
    this.#onChange = onChange;
    const { width, height } = frameOf(source.subject, place.plane);
    this.#crosshair = this.#voxel(place, Math.floor(width / 2), Math.floor(height / 2));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Voxel indices i, j, k. */
  get crosshair(): Voxel {
    return this.#crosshair;
  }

  show(isOpen: boolean): void {
    this.#isOpen = isOpen;
    if (isOpen) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // Nothing is held for a closed view.
    this.#grid = null;
    this.#slices = [];
    this.#sections = { from: [], state: [] };
    this.#surface = { from: [], state: null, time: 0 };
  }

  moveTo(voxel: Voxel): void {
    this.#crosshair = voxel;
  }

  /** Moves the crosshair to a pixel of a slice. */
  pointAt(place: Place, x: number, y: number): void {
    const { width, height } = frameOf(this.#source.subject, place.plane);
    const clamped = (value: number, length: number) => Math.min(length - 1, Math.max(0, Math.round(value)));
    this.#crosshair = this.#voxel(place, clamped(x, width), clamped(y, height));
  }

  /** The slice of a plane that goes through the crosshair. */
  placeIn(plane: Place["plane"]): Place {
    const [, , index] = pixelUnder(frameOf(this.#source.subject, plane), this.#crosshair);
    return { plane, index };
  }

  parts(book: Book, shown: Place): OverviewParts {
    this.#follow(shown);
    if (!this.#isOpen) return closed;
    const { frames } = this.#source.subject;
    const places = frames.filter(({ plane }) => plane !== shown.plane).map(({ plane }) => this.placeIn(plane));
    this.#updateSlices(places);
    return {
      overview: { crosshair: this.#crosshair, sections: this.#sectionsAt(places, book) },
      crossSlices: this.#slices,
      surface: this.#surfaceOf(book),
    };
  }

  /** The crosshair lies on the slice that is shown. */
  #follow(shown: Place): void {
    if (samePlace(this.placeIn(shown.plane), shown)) return;
    const [x, y] = pixelUnder(frameOf(this.#source.subject, shown.plane), this.#crosshair);
    this.#crosshair = this.#voxel(shown, x, y);
  }

  #voxel(place: Place, x: number, y: number): Voxel {
    return voxelAt(frameOf(this.#source.subject, place.plane), place, x, y);
  }

  #updateSlices(places: readonly Place[]): void {
    const known = (place: Place) => this.#slices.find((slice) => samePlace(slice, place));
    if (this.#slices.length === places.length && places.every(known)) return;
    this.#slices = places.map((place) => known(place) ?? { ...place, data: this.#source.samples(place) });
  }

  #sectionsAt(places: readonly Place[], book: Book): OverviewState["sections"] {
    const from = [
      book.active,
      book.objects,
      ...places.map(({ plane, index }) => `${plane} ${index}`),
      ...masksOf(book),
    ];
    if (!sameParts(from, this.#sections.from)) {
      const { subject } = this.#source;
      const order = [...book.objects].sort((a, b) => Number(a.id === book.active) - Number(b.id === book.active));
      const state = places.map((place) => {
        const masks = order.flatMap(({ id }): ObjectRuns[] => {
          const mask = sectionOf(book, subject, id, place);
          return mask && mask.area > 0 ? [{ object: id, runs: runsOfBits(mask.bits, mask.pixels) }] : [];
        });
        return { ...place, masks };
      });
      this.#sections = { from, state };
    }
    return this.#sections.state;
  }

  #surfaceOf(book: Book): SurfaceState | null {
    const from = masksOf(book);
    const { state, time } = this.#surface;
    if (this.#timer || sameParts(from, this.#surface.from)) return state;
    const wait = time + surfacePause - performance.now();
    if (state && wait > 0) {
      const renew = () => {
        this.#timer = undefined;
        this.#onChange();
      };
      this.#timer = detached(() => setTimeout(renew, wait));
      this.#timer.unref?.();
      return state;
    }
    this.#grid ??= new CoarseGrid(this.#source.subject);
    this.#surface = { from, state: this.#grid.state(book), time: performance.now() };
    return this.#surface.state;
  }
}
