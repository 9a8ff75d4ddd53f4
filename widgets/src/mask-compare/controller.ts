import type {
  CompareDisplay,
  ComparedMask,
  MaskCompareState,
  MaskOnSlice,
} from "../../../src/protocol/mask-compare.js";
import type { CompareIntent, CompareMessage } from "../../../src/protocol/mask-compare-intents.js";
import type { WindowRange } from "../../../src/protocol/samples.js";
import type { Place } from "../../../src/protocol/slices.js";
import type { WidgetPort } from "../shared/port.js";
import { clamp } from "../shared/slice-view/camera.js";
import { SliceController, type SliceLocal, sliceLocal } from "../shared/slice-view/slice-controller.js";

export type ComparePort = WidgetPort<MaskCompareState, CompareMessage>;

/** State of this view only. */
export interface CompareLocal extends SliceLocal {
  /** The mask shown alone in `blink`, and left of the divider in `swipe`. */
  current: number;
  /** Position of the `swipe` divider, as a fraction of the picture's width. */
  swipe: number;
}

/** Connects the parts of a view: they read state from it and report user actions to it. */
export class CompareController extends SliceController<MaskCompareState, CompareIntent, CompareLocal> {
  constructor(port: ComparePort, invalidate: () => void, id: string) {
    super(port, { ...sliceLocal(port.state), current: port.state.masks[0].id, swipe: 0.5 }, invalidate, id);
  }

  get truth(): ComparedMask | null {
    return this.state.masks.find(({ role }) => role === "truth") ?? null;
  }

  /** How masks are laid out and drawn: the user's choice if there is one, otherwise the kernel's. */
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

  /** The next mask in the given order, wrapping around. */
  next(id: number, by = 1): number {
    const { masks } = this.state;
    const at = masks.findIndex((mask) => mask.id === id);
    return masks[(at + by + masks.length) % masks.length].id;
  }

  /** Shows one mask alone; in `blink`, the next one. */
  blink(): void {
    if (this.display.layout === "side-by-side") this.show({ layout: "blink" });
    else this.set({ current: this.next(this.local.current) });
  }

  /** Changes layout or painting. Agreement needs a truth. */
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
