import { describe, expect, it } from "vitest";
import { loadVolume } from "../../../src/io/image/load.js";
import { failure, scratchFolder } from "../helpers.js";

const folder = scratchFolder();

function nrrdIn(space: string, isTimed = false, more: readonly string[] = []): string {
  const [time, origin] = isTimed ? [",0", ",0"] : ["", ""];
  const lines = [
    "NRRD0004",
    "type: uint8",
    `dimension: ${isTimed ? 4 : 3}`,
    space,
    `sizes: 2 3 4${isTimed ? " 2" : ""}`,
    `space directions: (.3,.4,0${time}) (-.56,.42,0${time}) (0,0,3${time})${isTimed ? " (0,0,0,1)" : ""}`,
    "encoding: raw",
    `space origin: (1,2,3${origin})`,
    ...more,
  ];
  const header = `${lines.join("\n")}\n\n`;
  const path = `${[space, ...more].join().replaceAll(/\W/g, "-")}.nrrd`;
  return folder.put(path, Buffer.concat([Buffer.from(header), Buffer.alloc(isTimed ? 48 : 24, 7)]));
}

/** Row by row, as right, anterior, superior. */
const wanted = (x: 1 | -1, y: 1 | -1) =>
  [
    [0.3 * x, -0.56 * x, 0, x],
    [0.4 * y, 0.42 * y, 0, 2 * y],
    [0, 0, 3, 3],
    [0, 0, 0, 1],
  ].flat();

// The format's definition (teem, nrrd/format.html, "space"), and SimpleITK 2.5.7 for the spaces without time.
describe.each([
  ["right-anterior-superior", "RAS", 1, 1],
  ["left-anterior-superior", "LAS", -1, 1],
  ["left-posterior-superior", "LPS", -1, -1],
] as const)("a volume in %s (%s)", (long, short, x, y) => {
  it.each([long, short, long.toUpperCase(), `${long}-time`, `${short}T`])("%s", async (space) => {
    const isTimed = /T$|-time$/.test(space) && !/superior$/i.test(space);
    const volume = await loadVolume(nrrdIn(`space: ${space}`, isTimed), isTimed ? { frame: 1 } : {});
    wanted(x, y).forEach((value, n) => {
      expect(volume.affine[n]).toBeCloseTo(value, 6);
    });
    expect(volume.notes).toEqual(isTimed ? ["Volume 1 of 2, counted from 0."] : []);
  });
});

describe("a space that says nothing about the patient is taken as ITK takes it, with a note", () => {
  it.each(["space: scanner-xyz", "space: 3D-right-handed", "space: 3D-left-handed", "space dimension: 3"])(
    "%s",
    async (line) => {
      const volume = await loadVolume(nrrdIn(line));
      wanted(-1, -1).forEach((value, n) => {
        expect(volume.affine[n]).toBeCloseTo(value, 6);
      });
      expect(volume.notes.join(" ")).toContain("taken as left-posterior-superior");
    },
  );
});

it("a space that the format does not know is refused", async () => {
  const error = await failure(loadVolume(nrrdIn("space: right-posterior-superior")), "format-invalid");
  expect(error).toMatchObject({ field: "space", value: "right-posterior-superior" });
  expect(error.remedy).toContain("left-posterior-superior");
});

describe("the units of the space", () => {
  const within = (...units: string[]) =>
    loadVolume(nrrdIn("space: LPS", false, [`space units: ${units.map((unit) => `"${unit}"`).join(" ")}`]));

  it.each([
    ["um", 1e-3],
    ["µm", 1e-3],
    ["microns", 1e-3],
    ["cm", 10],
  ])("%s become mm, with a note", async (unit, factor) => {
    const volume = await within(unit, unit, unit);
    wanted(-1, -1).forEach((value, n) => {
      expect(volume.affine[n]).toBeCloseTo(n < 12 ? value * factor : value, 9);
    });
    expect(volume.notes).toEqual([`Lengths in ${unit} were turned into mm.`]);
  });

  it.each(["mm", "", "???"])("%j are taken as mm", async (unit) => {
    const volume = await within(unit, unit, unit);
    expect([volume.affine[11], volume.notes]).toEqual([3, []]);
  });

  it.each([
    ["pixel", "pixel", "pixel"],
    ["mm", "mm", "um"],
  ])("%s, %s, and %s are refused", async (...units) => {
    expect(await failure(within(...units), "format-unsupported")).toMatchObject({ field: "space units" });
  });
});
