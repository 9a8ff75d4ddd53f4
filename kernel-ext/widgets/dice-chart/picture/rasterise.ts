import { SamlabError } from "../../../../src/core/errors.js";

/** An SVG drawing as the bytes of a PNG, two pixels for each of its units. */
export async function rasterise(svg: string): Promise<Uint8Array> {
  // sharp brings a native library along: loaded only when a picture is made.
  const { default: sharp } = await import("sharp").catch((cause: unknown) => {
    throw new SamlabError("environment", "The image library sharp could not be loaded.", {
      field: "sharp",
      remedy: "Run npm install again on this machine.",
      cause,
    });
  });
  return new Uint8Array(await sharp(Buffer.from(svg), { density: 144 }).png({ compressionLevel: 9 }).toBuffer());
}
