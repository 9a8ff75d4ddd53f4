const DIGITS = new Map([..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].map((c, i) => [c, i]));

/** One mapped position; all numbers from zero. */
interface Segment {
  readonly column: number;
  readonly sourceLine: number;
  readonly sourceColumn: number;
}

export interface Position {
  /** From zero. */
  readonly line: number;
  /** From zero, in UTF-16 units. */
  readonly column: number;
}

/** Where each place of compiled text comes from; several compilation steps are chained. */
export interface SourceMap {
  readonly sources: readonly string[];
  original(position: Position): Position | undefined;
}

/** Reads a source map (version 3) that has one source. */
export function readSourceMap(json: string): SourceMap {
  const { sources, mappings } = JSON.parse(json) as { sources: string[]; mappings: string };
  const lines = decodeMappings(mappings);
  return {
    sources,
    original({ line, column }) {
      const segments = lines[line] ?? [];
      const found = segments.findLast((segment) => segment.column <= column) ?? segments[0];
      return found && { line: found.sourceLine, column: found.sourceColumn };
    },
  };
}

/** The map of two steps: `last` made the text from what `first` had made. */
export function chainSourceMaps(first: SourceMap, last: SourceMap): SourceMap {
  return {
    sources: first.sources,
    original(position) {
      const between = last.original(position);
      return between && first.original(between);
    },
  };
}

function decodeMappings(mappings: string): Segment[][] {
  let sourceLine = 0;
  let sourceColumn = 0;
  return mappings.split(";").map((line) => {
    let column = 0;
    const segments: Segment[] = [];
    for (const text of line.split(",")) {
      const fields = decodeVlq(text);
      column += fields[0] ?? 0;
      if (fields.length < 4) continue;
      sourceLine += fields[2]!;
      sourceColumn += fields[3]!;
      segments.push({ column, sourceLine, sourceColumn });
    }
    return segments;
  });
}

/** Base64 VLQ: five bits a digit, lowest first, bit 5 says that more follow, the lowest bit of all is the sign. */
function decodeVlq(text: string): number[] {
  const fields: number[] = [];
  let value = 0;
  let shift = 0;
  for (const char of text) {
    const digit = DIGITS.get(char) ?? 0;
    value += (digit & 31) << shift;
    if (digit & 32) {
      shift += 5;
      continue;
    }
    fields.push(value & 1 ? -(value >>> 1) : value >>> 1);
    value = 0;
    shift = 0;
  }
  return fields;
}
