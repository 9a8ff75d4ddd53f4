import { SamlabError, show } from "../../core/errors.js";

/**
 * The index of the requested volume of a 4D file; 0 when there is only one.
 * @param field the header field with the number of volumes, for the message
 * @throws {SamlabError} `format-unsupported` (several, none requested), `argument-invalid` (out of range)
 */
export function chooseFrame(frames: number, frame: number | undefined, name: string, field = "dim[4]"): number {
  if (frame === undefined) {
    if (frames === 1) return 0;
    throw new SamlabError("format-unsupported", `${name} is 4D: it holds ${frames} volumes.`, {
      file: name,
      field,
      value: frames,
      remedy: `Pick one, counted from 0: { frame: 0 } to { frame: ${frames - 1} }, "frame" in a manifest, or --frame on the command line of samlab segment.`,
    });
  }
  if (Number.isInteger(frame) && frame >= 0 && frame < frames) return frame;
  throw new SamlabError("argument-invalid", `There is no volume ${show(frame)} in ${name}.`, {
    file: name,
    field: "frame",
    value: frame,
    remedy: `It holds ${frames}, counted from 0.`,
  });
}
