import type { ChartPoints } from "./dice-chart.js";
import type { WireBytes } from "./slices.js";

/** The columns of {@link ChartPoints} as numbers. */
export interface ChartColumns {
  readonly count: number;
  readonly group: Uint16Array;
  readonly series: Uint16Array;
  readonly dice: Float32Array;
  readonly size: Float32Array;
  readonly contrast: Float32Array;
  readonly complexity: Float32Array;
  readonly case: Uint32Array;
  readonly label: Uint16Array;
  readonly slice: Int32Array;
  readonly part: Int32Array;
}

/** Copies, because the bytes of a message may not be aligned. */
function copied({ buffer, byteOffset, byteLength }: WireBytes): ArrayBuffer {
  return new Uint8Array(buffer, byteOffset, byteLength).slice().buffer;
}

export function readColumns(points: ChartPoints): ChartColumns {
  return {
    count: points.count,
    group: new Uint16Array(copied(points.group)),
    series: new Uint16Array(copied(points.series)),
    dice: new Float32Array(copied(points.dice)),
    size: new Float32Array(copied(points.size)),
    contrast: new Float32Array(copied(points.contrast)),
    complexity: new Float32Array(copied(points.complexity)),
    case: new Uint32Array(copied(points.case)),
    label: new Uint16Array(copied(points.label)),
    slice: new Int32Array(copied(points.slice)),
    part: new Int32Array(copied(points.part)),
  };
}

/** The fractional part of the golden ratio: its multiples are evenly spread for any count. */
const golden = 0.618033988749895;

/** Deterministic jitter of point n across its band, −0.5 to 0.5, without overlap between neighbors. */
export function pointJitter(n: number): number {
  return ((n * golden) % 1) - 0.5;
}
