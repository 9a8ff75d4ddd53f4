import { SamlabError } from "../../src/core/errors.js";
import { imageType, isSvgText } from "./image-type.js";
import { type Shown, shown } from "./shown.js";

/** Longer texts are not shown in full. */
const TEXT_BYTES = 100_000;

/** Displays encoded images and PDF files; undefined for other bytes. */
export function showBytes(bytes: Uint8Array): Shown | Promise<Shown> | undefined {
  const type = imageType(bytes);
  if (type === undefined) return undefined;
  const text = `${type}, ${bytes.length} bytes`;
  // No Jupyter front end supports AVIF.
  if (type === "image/avif") return asPng(bytes).then((png) => shown({ "image/png": png, "text/plain": text }));
  return shown({ [type]: bytes, "text/plain": text });
}

async function asPng(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    const sharp = (await import("sharp")).default;
    return new Uint8Array(await sharp(bytes).png().toBuffer());
  } catch (cause) {
    throw new SamlabError("format-invalid", "The picture is damaged.", { cause });
  }
}

/**
 * Displays a Blob or File: images, PDF, HTML, SVG and JSON by their type, text as text, anything else by name, type and
 * size.
 */
export async function showBlob(blob: Blob): Promise<Shown> {
  const name = "name" in blob && typeof blob.name === "string" ? `${blob.name}, ` : "";
  const line = `${blob.constructor.name}: ${name}${blob.type || "no type"}, ${blob.size} bytes`;
  const [type] = blob.type.split(";");
  const isText = type.startsWith("text/") || type === "application/json" || type === "image/svg+xml";
  if (!isText) {
    const bytes = new Uint8Array(await blob.slice(0, blob.size).arrayBuffer());
    const content = await showBytes(bytes);
    return content ? { ...content, data: { ...content.data, "text/plain": line } } : shown({ "text/plain": line });
  }
  if (blob.size > TEXT_BYTES && type !== "image/svg+xml" && type !== "text/html") return shown({ "text/plain": line });
  const text = await blob.text();
  if (type === "image/svg+xml" || isSvgText(text)) return shown({ "image/svg+xml": text, "text/plain": line });
  if (type === "text/html" || type === "text/markdown") return shown({ [type]: text, "text/plain": line });
  if (type === "application/json") {
    try {
      return shown({ "application/json": JSON.parse(text), "text/plain": text });
    } catch {
      // Its type says JSON but it does not parse: show it as text.
    }
  }
  return shown({ "text/plain": text });
}
