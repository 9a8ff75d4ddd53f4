import { SamlabError, show } from "../../core/errors.js";

/**
 * Run lengths from COCO's compressed text (`rleFrString` of pycocotools): 6 bits a character from `0` on, the lowest 5
 * of them digits, least first, the sixth says that more follow; the fifth digit bit of the last is the sign. From the
 * fourth run on each is the difference to the last but one.
 * @throws {SamlabError} `format-invalid` for other characters, and for a text that ends within a number
 */
export function decodeCounts(text: string): number[] {
  const counts: number[] = [];
  let value = 0;
  let digits = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at) - 48;
    if (!(code >= 0 && code < 64) || digits > 8) throw invalid(text, at);
    value += (code & 0x1f) * 32 ** digits;
    digits++;
    if (code & 0x20) continue;
    if (code & 0x10) value -= 32 ** digits;
    counts.push(counts.length > 2 ? value + counts[counts.length - 2] : value);
    value = 0;
    digits = 0;
  }
  if (digits > 0) throw invalid(text, text.length);
  return counts;
}

function invalid(text: string, at: number): SamlabError {
  return new SamlabError("format-invalid", `The compressed run lengths ${show(text)} are broken at character ${at}.`, {
    field: "counts",
    value: text,
    remedy: "Write them again with pycocotools; in JSON they are text, decoded from bytes as ASCII.",
  });
}
