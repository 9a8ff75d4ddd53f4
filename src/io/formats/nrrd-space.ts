import { SamlabError } from "../../core/errors.js";
import type { HeaderFields } from "./text-header.js";

/** How an NRRD volume lies in the patient, compared with what ITK makes of its header. */
export interface NrrdSpace {
  /** Factors for the rows x and y of ITK's affine. */
  readonly flips: readonly [x: 1 | -1, y: 1 | -1];
  /** Millimeters in one of the header's units of length. */
  readonly unit: number;
  readonly notes: readonly string[];
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

/** Units of length in millimeters, by the names that teem, 3D Slicer, and microscopes' programs write. */
const millimeters: Readonly<Record<string, number>> = {
  ...{ mm: 1, millimeter: 1, millimeters: 1, "": 1, "???": 1 },
  ...{ um: 1e-3, µm: 1e-3, μm: 1e-3, micron: 1e-3, microns: 1e-3, micrometer: 1e-3, micrometers: 1e-3 },
  ...{ nm: 1e-6, cm: 10, m: 1000 },
};

/** ITK ignores the units of a space. */
function unitOf(fields: HeaderFields, name: string): { readonly unit: number; readonly notes: readonly string[] } {
  const said = fields.get("space units");
  const units = [...(said ?? "").matchAll(/"([^"]*)"/g)].map(([, unit]) => unit.trim());
  // A fourth axis is time.
  const [first = "", ...others] = units.slice(0, 3);
  const unit = Object.hasOwn(millimeters, first) ? millimeters[first] : undefined;
  if (unit !== undefined && others.every((other) => other === first)) {
    return { unit, notes: unit === 1 ? [] : [`Lengths in ${first} were turned into mm.`] };
  }
  throw new SamlabError("format-unsupported", `${name} gives lengths in ${said}; one unit of length is read.`, {
    file: name,
    field: "space units",
    value: said,
    remedy: 'Write it again with the space units "mm" "mm" "mm", and lengths in mm.',
  });
}

/**
 * @throws {SamlabError} `format-invalid` for a space that the format does not have, `format-unsupported` for units of
 * no length
 */
export function nrrdSpace(fields: HeaderFields, name: string): NrrdSpace {
  const { unit, notes } = unitOf(fields, name);
  const said = fields.get("space");
  const key = said?.toLowerCase().replaceAll(/[\s-]/g, "") ?? "";
  const flips = Object.hasOwn(patientSpaces, key) ? patientSpaces[key] : undefined;
  if (flips) return { flips, unit, notes };
  if (said === undefined || otherSpaces.includes(key)) {
    const what =
      said === undefined ? "names no space" : `names the space ${said}, which says nothing about the patient`;
    const taken = `The header ${what}; it was taken as left-posterior-superior, as ITK does.`;
    return { flips: [1, 1], unit, notes: [taken, ...notes] };
  }
  throw new SamlabError("format-invalid", `${name} names the space "${said}", which NRRD does not have.`, {
    file: name,
    field: "space",
    value: said,
    remedy: "Write it again with the space left-posterior-superior, left-anterior-superior or right-anterior-superior.",
  });
}
