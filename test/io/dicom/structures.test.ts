import { describe, expect, it } from "vitest";
import { loadMask } from "../../../src/io/mask/mask-file.js";
import { emptyMask, type MaskVolume } from "../../../src/io/mask/mask-volume.js";
import { failure, scratchFolder } from "../helpers.js";
import { dicomBytes, type Elements, evenSeries } from "./make-dicom.js";

const folder = scratchFolder();

type Corner = readonly [x: number, y: number, z: number];

interface Contour {
  readonly corners: readonly Corner[];
  readonly type?: string;
}

/** A square around 3×3 pixels of 1 mm. */
const square = (z: number): Contour => ({
  corners: [
    [0.5, 0.5, z],
    [3.5, 0.5, z],
    [3.5, 3.5, z],
    [0.5, 3.5, z],
  ],
});

const squares = (...places: number[]) => places.map(square);

/** An RTSTRUCT of named objects, numbered from 1. */
async function structures(
  name: string,
  objects: Readonly<Record<string, readonly Contour[]>>,
  more: Elements = {},
): Promise<string> {
  const bytes = await dicomBytes({
    pixels: new Uint16Array(1),
    rows: 1,
    columns: 1,
    more: {
      Modality: "RTSTRUCT",
      StructureSetROISequence: Object.keys(objects).map((ROIName, n) => ({ ROINumber: n + 1, ROIName })),
      ROIContourSequence: Object.values(objects).map((contours, n) => ({
        ReferencedROINumber: n + 1,
        ContourSequence: contours.map(({ corners, type = "CLOSED_PLANAR" }) => ({
          ContourGeometricType: type,
          NumberOfContourPoints: corners.length,
          ContourData: corners.flat().map(String),
        })),
      })),
      ...more,
    },
  });
  return folder.put(name, bytes);
}

/** Five pixels by five, ten slices from z = `first` on. DICOM's axes run left, posterior, superior. */
const image = (first: number, step: number) =>
  emptyMask({ size: [5, 5, 10], affine: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, step, first, 0, 0, 0, 1], source: "image" });

const perSlice = ({ data }: MaskVolume) =>
  Array.from({ length: 10 }, (_, slice) => data.subarray(25 * slice, 25 * slice + 25).filter(Boolean).length);

describe("contours beside the slices of the image", () => {
  it("are refused with the distance, so that two planes never meet on one slice", async () => {
    const path = await structures("fine.dcm", { sphere: squares(2, 3, 4, 5, 6, 7) });
    for (const [first, told] of [
      [0.5, "0.50 mm"],
      [0, "1.00 mm"],
    ] as const) {
      const error = await failure(loadMask(path, { on: image(first, 2) }), "geometry-mismatch");
      expect(error.message).toContain(
        `a contour of sphere lies ${told} from the nearest slice of the image, whose slices are 2 mm apart.`,
      );
      expect(error.field).toBe("ContourData");
    }
    expect(perSlice(await loadMask(path, { on: image(0, 1) }))).toEqual([0, 0, 9, 9, 9, 9, 9, 9, 0, 0]);
  });

  it("are taken where the file rounds their places", async () => {
    const path = await structures("rounded.dcm", { sphere: squares(0.6, 1.3, 1.9) });
    expect(perSlice(await loadMask(path, { on: image(0, 0.625) }))).toEqual([0, 9, 9, 9, 0, 0, 0, 0, 0, 0]);
  });
});

describe("an object that is not asked for", () => {
  it("may reach beyond the image, lie between its slices, or be damaged", async () => {
    const path = await structures("couch.dcm", {
      organ: squares(2, 3),
      couch: squares(3, 12, 13),
      between: squares(3.5),
      damaged: [{ corners: [[1, 1, 1], [2, 2, 2], [3] as unknown as Corner] }],
    });
    const mask = await loadMask(path, { on: image(0, 1), label: 1 });
    expect(perSlice(mask)).toEqual([0, 0, 9, 9, 0, 0, 0, 0, 0, 0]);
    expect(mask.notes).toEqual(["It holds the objects 1 (organ), 2 (couch), 3 (between), 4 (damaged)."]);
    await failure(loadMask(path, { on: image(0, 1), label: 3 }), "geometry-mismatch");
    await failure(loadMask(path, { on: image(0, 1), label: 4 }), "format-invalid");
    const couch = await loadMask(path, { on: image(0, 1), among: [2] });
    expect([...couch.labels, ...perSlice(couch)]).toEqual([1, 2, 0, 0, 9, 9, 0, 0, 0, 0, 0, 0]);
  });
});

it("structures of another frame of reference are noted", async () => {
  const files = await evenSeries(3, (name, bytes) => folder.put(`image-${name}`, bytes));
  const on = { ...image(0, 2), source: "image", series: files };
  const isNoted = async (uid: string) => {
    const own = { StructureSetROISequence: [{ ROINumber: 1, ROIName: "organ", ReferencedFrameOfReferenceUID: uid }] };
    const { notes } = await loadMask(await structures("frame.dcm", { organ: squares(4) }, own), { on });
    return notes[0].includes("another frame of reference");
  };
  expect([await isNoted("1.2.3.5"), await isNoted("9.9.9")]).toEqual([false, true]);
});

it("contours on every second slice are noted", async () => {
  const path = await structures("sparse.dcm", { sphere: squares(1, 3, 5), whole: squares(6, 7, 9) });
  const { notes } = await loadMask(path, { on: image(0, 1) });
  expect(notes.slice(0, -1)).toEqual([
    "The contours of sphere are 2 slices of the image apart; the slices between are empty.",
  ]);
});

it("contours beyond the image are left out with a note, unless all are", async () => {
  const path = await structures("long.dcm", { couch: squares(8, 9, 10, 11, 12) });
  const mask = await loadMask(path, { on: image(0, 1) });
  expect(perSlice(mask)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 9, 9]);
  expect(mask.notes[0]).toBe("3 of the 5 contours of couch lie outside the image and were left out.");
  const error = await failure(loadMask(path, { on: image(100, 1) }), "geometry-mismatch");
  expect(error.message).toContain("the contours lie outside the image.");
});

it("contours that enclose no area are left out, whatever the file calls them", async () => {
  const [{ corners }] = squares(4);
  const path = await structures("open.dcm", {
    organ: [...squares(4), { corners: corners.slice(0, 1) }, { corners: corners.slice(0, 2) }, { corners: [] }],
    line: [{ corners, type: "OPEN_PLANAR" }],
  });
  const mask = await loadMask(path, { on: image(0, 1) });
  expect(perSlice(mask)).toEqual([0, 0, 0, 0, 9, 0, 0, 0, 0, 0]);
  expect(mask.notes[0]).toBe("4 contours that enclose no area (points, open lines) were left out.");
});

it("an object may have more voxels than a set can hold", async () => {
  const side = 4100;
  const corners: Corner[] = [
    [-1, -1, 0],
    [side, -1, 0],
    [side, side, 0],
    [-1, side, 0],
  ];
  const path = await structures("body.dcm", { body: [{ corners }] });
  const on = emptyMask({ ...image(0, 1), size: [side, side, 1], source: "image" });
  expect((await loadMask(path, { on })).voxels).toBe(side * side);
});
