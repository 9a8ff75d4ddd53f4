import { frameOf, type Place, pixelUnder, type SliceFrame, type Subject } from "../../../../src/protocol/slices.js";
import { type Book, maskOf, type Slot } from "../book.js";

type Voxel = [number, number, number];

/** Number of a frame's pixel under a voxel, row-major. */
function pixelNumber(frame: SliceFrame, voxel: Readonly<Voxel>): number {
  const [x, y] = pixelUnder(frame, voxel);
  return y * frame.width + x;
}

/** The voxel index of a slice along its frame's slice axis. */
function depthOf({ count, direction }: SliceFrame, index: number): number {
  return direction[2] === 1 ? index : count - 1 - index;
}

/** Adds to `out` the bits of a mask on a slice where that slice crosses the section at `place`. */
function crossed(out: Uint8Array, subject: Subject, place: Place, slot: Slot, bits: Uint8Array): void {
  const section = frameOf(subject, place.plane);
  const frame = frameOf(subject, slot.place.plane);
  if (slot.place.plane === place.plane) {
    if (slot.place.index === place.index) for (let n = 0; n < bits.length; n++) out[n] |= bits[n];
    return;
  }
  const voxel: Voxel = [0, 0, 0];
  voxel[frame.axis[2]] = depthOf(frame, slot.place.index);
  voxel[section.axis[2]] = depthOf(section, place.index);
  const free = 3 - frame.axis[2] - section.axis[2];
  const [from, to] = [pixelNumber(frame, voxel), pixelNumber(section, voxel)];
  voxel[free] = 1;
  const [fromStep, toStep] = [pixelNumber(frame, voxel) - from, pixelNumber(section, voxel) - to];
  const length = [section.width, section.height][section.axis.indexOf(free)]!;
  for (let n = 0, a = from, b = to; n < length; n++, a += fromStep, b += toStep) {
    if ((bits[a >> 3] >> (a & 7)) & 1) out[b >> 3] |= 1 << (b & 7);
  }
}

/** One object's mask on a section of the volume, from its masks on slices of any plane: packed bits; null if empty. */
export function sectionOf(book: Book, subject: Subject, object: number, place: Place): Uint8Array | null {
  const { width, height } = frameOf(subject, place.plane);
  const out = new Uint8Array((width * height + 7) >> 3);
  for (const slot of book.slots.values()) {
    const mask = slot.object === object ? maskOf(slot) : null;
    if (mask && mask.candidate.area > 0) crossed(out, subject, place, slot, mask.candidate.bits);
  }
  return out.some((byte) => byte !== 0) ? out : null;
}
