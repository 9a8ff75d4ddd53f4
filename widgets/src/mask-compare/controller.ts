import type {
  CompareDisplay,
  ComparedMask,
  MaskCompareState,
  MaskOnSlice,
} from "../../../src/protocol/mask-compare.js";
import type { CompareIntent, CompareMessage } from "../../../src/protocol/mask-compare-intents.js";
import type { WindowRange } from "../../../src/protocol/samples.js";
import type { Place } from "../../../src/protocol/slices.js";
import { clamp } from "../shared/camera.js";
import type { WidgetPort } from "../shared/port.js";
import { SliceController, type SliceLocal, sliceLocal } from "../shared/slice-controller.js";

export type ComparePort = WidgetPort<MaskCompareState, CompareMessage>;

/** What belongs to this view alone. */
export interface CompareLocal extends SliceLocal {
  /** The mask that is shown alone in `blink`, and to the left of the line in `swipe`. */
  current: number;
  /** Where the line of `swipe` stands, as a part of the picture's width. */
  swipe: number;
}

/** Binds a view's parts together: they read from here, and say here what the user did. */
export class CompareController extends SliceController<MaskCompareState, CompareIntent, CompareLocal> {
  constructor(port: ComparePort, invalidate: () => void, id: string) {
    super(port, { ...sliceLocal(port.state), current: port.state.masks[0].id, swipe: 0.5 }, invalidate, id);
  }

  get truth(): ComparedMask | null {
    return this.state.masks.find(({ role }) => role === "truth") ?? null;
  }

  /** How the masks are laid out and drawn: what the user wants, once it is wanted. */
  get display(): CompareDisplay {
    const wish = this.pending.intents.findLast((intent) => intent.kind === "display");
    return wish ?? this.state.display;
  }

  mask(id: number): ComparedMask {
    return this.state.masks.find((mask) => mask.id === id) ?? this.state.masks[0];
  }

  onSlice(id: number): MaskOnSlice {
    return this.state.onSlice.find(({ mask }) => mask === id) ?? this.state.onSlice[0];
  }

  /** The mask after this one in the order given, and after the last the first. */
  next(id: number, by = 1): number {
    const { masks } = this.state;
    const at = masks.findIndex((mask) => mask.id === id);
    return masks[(at + by + masks.length) % masks.length].id;
  }

  /** Shows one mask alone; in the layout that shows one at a time, the next one. */
  blink(): void {
    if (this.display.layout === "side-by-side") this.show({ layout: "blink" });
    else this.set({ current: this.next(this.local.current) });
  }

  /** Changes how the masks are laid out or drawn. Agreement needs a truth. */
  show(change: Partial<CompareDisplay>): void {
    if (change.paint === "agreement" && !this.truth) {
      this.note("Agreement needs a truth: give one under the name truth.");
      return;
    }
    const { layout, paint } = { ...this.display, ...change };
    this.send({ kind: "display", layout, paint });
  }

  moveSwipe(to: number): void {
    this.set({ swipe: clamp(to, 0, 1) });
  }

  protected override gotoIntent(place: Place): CompareIntent {
    return { kind: "goto", place };
  }

  protected override windowIntent({ low, high, name }: WindowRange): CompareIntent {
    return { kind: "window", low, high, name };
  }
}
