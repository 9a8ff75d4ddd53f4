import { unpackMask } from "../../../src/core/mask.js";
import type { Pixel } from "../../../src/core/pixels.js";
import type { WireBytes } from "../../../src/protocol/slices.js";
import { asUint8 } from "../shared/bytes.js";
import type { CompareController } from "./controller.js";

/** Names of the masks that contain a pixel. */
export function namesAt({ state, frame }: CompareController, { x, y }: Pixel): string {
  const at = y * frame.width + x;
  const holds = (bits: WireBytes | null) => bits !== null && unpacked(bits, frame.width, frame.height)[at] === 1;
  const names = state.onSlice
    .filter(({ bits }) => holds(bits))
    .map(({ mask }) => state.masks.find(({ id }) => id === mask)?.name ?? "");
  return names.length === 0 ? "in no mask" : `in ${names.join(", ")}`;
}

const cache = new WeakMap<WireBytes, Uint8Array>();

function unpacked(bits: WireBytes, width: number, height: number): Uint8Array {
  let data = cache.get(bits);
  if (!data) {
    data = unpackMask(asUint8(bits), width, height).data;
    cache.set(bits, data);
  }
  return data;
}
