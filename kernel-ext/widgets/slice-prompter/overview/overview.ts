import { detached } from "../../../../src/core/ambient.js";
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
import { masksOf, type ShownMask, sameMasks } from "../book-figures.js";
import { sectionOf } from "../crossing.js";
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
  #sections: {
    readonly of: Pick<Book, "active" | "objects">;
    readonly masks: readonly ShownMask[];
    readonly state: OverviewState["sections"];
  } | null = null;
  #surface: { readonly masks: readonly ShownMask[]; readonly state: SurfaceState; readonly time: number } | null = null;
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
    this.#sections = null;
    this.#surface = null;
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
    const [masks, last] = [masksOf(book), this.#sections];
    const isSameBook = last?.of.active === book.active && last.of.objects === book.objects;
    const isSamePlaces =
      last?.state.length === places.length && places.every((place, n) => samePlace(place, last.state[n]!));
    if (last && isSameBook && isSamePlaces && sameMasks(last.masks, masks)) return last.state;
    const { subject } = this.#source;
    const order = [...book.objects].sort((a, b) => Number(a.id === book.active) - Number(b.id === book.active));
    const state = places.map((place) => {
      const sections = order.flatMap(({ id }): ObjectRuns[] => {
        const mask = sectionOf(book, subject, id, place);
        return mask && mask.area > 0 ? [{ object: id, runs: mask.runs }] : [];
      });
      return { ...place, masks: sections };
    });
    this.#sections = { of: { active: book.active, objects: book.objects }, masks, state };
    return state;
  }

  #surfaceOf(book: Book): SurfaceState | null {
    const [masks, last] = [masksOf(book), this.#surface];
    if (last && (this.#timer || sameMasks(last.masks, masks))) return last.state;
    const wait = last ? last.time + surfacePause - performance.now() : 0;
    if (last && wait > 0) {
      const renew = () => {
        this.#timer = undefined;
        this.#onChange();
      };
      this.#timer = detached(() => setTimeout(renew, wait));
      this.#timer.unref?.();
      return last.state;
    }
    this.#grid ??= new CoarseGrid(this.#source.subject);
    this.#surface = { masks, state: this.#grid.state(book), time: performance.now() };
    return this.#surface.state;
  }
}
