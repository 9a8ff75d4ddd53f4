import { SamlabError } from "../../core/errors.js";
import type { HeaderFields } from "./text-header.js";

/** How an NRRD volume lies in the patient, compared with what ITK makes of its header. */
interface NrrdSpace {
  /** Factors for the rows x and y of ITK's affine. */
  readonly flips: readonly [x: 1 | -1, y: 1 | -1];
  readonly note: string | null;
}

/**
 * Signs that itk-wasm gets wrong: in left-anterior-superior it flips x instead of y, and it takes all spaces with time
 * as left-posterior-superior.
 */
const patientSpaces: Readonly<Record<string, NrrdSpace["flips"]>> = {
  rightanteriorsuperior: [1, 1],
  ras: [1, 1],
  rightanteriorsuperiortime: [-1, -1],
  rast: [-1, -1],
  leftanteriorsuperior: [-1, -1],
  las: [-1, -1],
  leftanteriorsuperiortime: [1, -1],
  last: [1, -1],
  leftposteriorsuperior: [1, 1],
  lps: [1, 1],
  leftposteriorsuperiortime: [1, 1],
  lpst: [1, 1],
};

/** Spaces of the format that have no relation to the patient. */
const otherSpaces: readonly string[] = ["scannerxyz", "3drighthanded", "3dlefthanded"].flatMap((name) => [
  name,
  `${name}time`,
]);

/** @throws {SamlabError} `format-invalid` for a space that the format does not have */
export function nrrdSpace(fields: HeaderFields, name: string): NrrdSpace {
  const said = fields.get("space");
  const key = said?.toLowerCase().replaceAll(/[\s-]/g, "") ?? "";
  const flips = Object.hasOwn(patientSpaces, key) ? patientSpaces[key] : undefined;
  if (flips) return { flips, note: null };
  if (said === undefined || otherSpaces.includes(key)) {
    const what =
      said === undefined ? "names no space" : `names the space ${said}, which says nothing about the patient`;
    return { flips: [1, 1], note: `The header ${what}; it was taken as left-posterior-superior, as ITK does.` };
  }
  throw new SamlabError("format-invalid", `${name} names the space "${said}", which NRRD does not have.`, {
    file: name,
    field: "space",
    value: said,
    remedy: "Write it again with the space left-posterior-superior, left-anterior-superior or right-anterior-superior.",
  });
}
