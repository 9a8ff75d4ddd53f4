import { SamlabError } from "../../../../src/core/errors.js";

/** An SVG drawing as PNG bytes, two pixels per SVG unit. */
export async function rasterize(svg: string): Promise<Uint8Array> {
  // sharp loads a native library: import it only when a picture is made.
  const { default: sharp } = await import("sharp").catch((cause: unknown) => {
    throw new SamlabError("environment", "The image library sharp could not be loaded.", {
      field: "sharp",
      remedy: "Run npm install again on this machine.",
      cause,
    });
  });
  return new Uint8Array(await sharp(Buffer.from(svg), { density: 144 }).png({ compressionLevel: 9 }).toBuffer());
}
