const ascii = (text: string): readonly number[] => Array.from(text, (sign) => sign.charCodeAt(0));

/** Magic bytes; `null` matches any byte. */
const SIGNATURES: readonly (readonly [mime: string, bytes: readonly (number | null)[]])[] = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/gif", ascii("GIF8")],
  ["image/webp", [...ascii("RIFF"), null, null, null, null, ...ascii("WEBP")]],
  ["image/avif", [null, null, null, null, ...ascii("ftypavif")]],
  ["application/pdf", ascii("%PDF-")],
];

/** The MIME type of encoded bytes that front ends can show, by their magic bytes: an image or a PDF. */
export function imageType(bytes: Uint8Array): string | undefined {
  const known = SIGNATURES.find(([, signature]) =>
    signature.every((byte, i) => (byte === null ? i < bytes.length : bytes[i] === byte)),
  );
  return known?.[0] ?? (isBitmap(bytes) ? "image/bmp" : undefined);
}

/** Two letters are a weak signature: also check the file size and the two reserved words, which must be 0. */
function isBitmap(bytes: Uint8Array): boolean {
  if (bytes.length < 26 || bytes[0] !== 0x42 || bytes[1] !== 0x4d) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(2, true) === bytes.length && view.getUint32(6, true) === 0;
}

const SVG = /^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--[\s\S]*?-->\s*)*(?:<!DOCTYPE[^>]*>\s*)?<svg[\s>][\s\S]*<\/svg>\s*$/i;

/** True for the text of a complete SVG document. */
export function isSvgText(text: string): boolean {
  return SVG.test(text);
}
