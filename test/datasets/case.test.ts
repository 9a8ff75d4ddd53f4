import { appendFileSync, cpSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadCase } from "../../src/datasets/case.js";
import { readManifest } from "../../src/datasets/manifest/read.js";
import { sha256OfFile, sha256OfPath } from "../../src/io/files/hash-file.js";
import { encodePng } from "../../src/io/formats/raster.js";
import { loadVolume } from "../../src/io/image/load.js";
import { saveMask } from "../../src/io/mask/mask-save.js";
import { emptyMask } from "../../src/io/mask/mask-volume.js";
import { failure, lowBitPng, niftiBytes, scratchFolder } from "../io/helpers.js";

const folder = scratchFolder();
const files = fileURLToPath(new URL("../golden/formats/files", import.meta.url));

async function load(fields: { image: object; truth: object; labels: object }) {
  const entry = { id: "one", modality: "Other", license: "CC0-1.0", split: "test", ...fields };
  const manifest = { format: "samlab-manifest/1", name: "test", cases: [entry] };
  const { cases } = await readManifest(folder.put("manifest.json", JSON.stringify(manifest)));
  return loadCase(cases[0]);
}

const volume = (name: string, voxels: number[], edit?: (header: DataView) => void) =>
  folder.put(name, niftiBytes({ dims: [2, 2, voxels.length / 4], voxels: Uint8Array.from(voxels) }, edit));

describe("a volume", () => {
  volume("image.nii", [9, 8, 7, 6, 5, 4, 3, 2]);
  volume("truth.nii", [0, 1, 2, 0, 5, 1, 0, 0]);
  const image = { path: "image.nii" };
  const truth = { path: "truth.nii", made: "manual" };

  it("comes with its truth; what the label map does not name is background", async () => {
    const loaded = await load({ image: { ...image, window: "lung" }, truth, labels: { "1": "one", "5": "five" } });
    if (loaded.kind !== "volume") throw new Error(loaded.kind);
    expect(loaded.volume.source).toBe("image.nii");
    expect(loaded.volume.window.name).toBe("CT lung (W 1500, L -600)");
    expect(Array.from(loaded.truth.data)).toEqual([0, 1, 0, 0, 5, 1, 0, 0]);
    expect([...loaded.names]).toEqual([
      [1, "one"],
      [5, "five"],
    ]);
    expect(loaded.unnamed).toEqual([2]);
  });

  it("takes numbers together that the label map joins", async () => {
    const loaded = await load({ image, truth, labels: { "5+1": "joined", "2": "two" } });
    expect(Array.from(loaded.truth.data)).toEqual([0, 1, 2, 0, 1, 1, 0, 0]);
    expect([...loaded.names]).toEqual([
      [2, "two"],
      [1, "joined"],
    ]);
    expect(loaded.unnamed).toEqual([]);
  });

  it("may have a threshold", async () => {
    const loaded = await load({ image, truth, labels: { ">=2": "high" } });
    expect(Array.from(loaded.truth.data)).toEqual([0, 0, 1, 0, 1, 0, 0, 0]);
    expect([...loaded.names]).toEqual([[1, "high"]]);
  });

  it("must lie on the truth's grid", async () => {
    volume("moved.nii", [0, 1, 2, 0, 5, 1, 0, 0], (header) => header.setFloat32(292, 0.2, true));
    const moved = await failure(
      load({ image, truth: { path: "moved.nii", made: "manual" }, labels: { "1": "x" } }),
      "geometry-mismatch",
    );
    expect(moved.message).toContain("Case one of");
    expect(moved.message).toContain("their corners are up to 0.200 mm apart");
    volume("smaller.nii", [0, 1, 0, 0]);
    const smaller = await failure(
      load({ image, truth: { path: "smaller.nii", made: "manual" }, labels: { "1": "x" } }),
      "geometry-mismatch",
    );
    expect(smaller.message).toContain("The image has 2×2×2 voxels (RAS), the mask 2×2×1 voxels (RAS)");
  });

  it("must have the manifest's sha256", async () => {
    const sha256 = await sha256OfFile(folder.path("image.nii"));
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    await load({ image: { ...image, sha256 }, truth, labels: { "1": "x" } });
    const error = await failure(load({ image, truth: { ...truth, sha256 }, labels: { "1": "x" } }), "hash-mismatch");
    expect(error.message).toContain("Case one of");
    expect(error.file).toBe(folder.path("truth.nii"));
  });

  it("may be a folder of DICOM files, each of which the sha256 covers", async () => {
    const series = join(files, "series");
    const copy = folder.path("series");
    cpSync(series, copy, { recursive: true });
    await saveMask(folder.path("on-series.nii"), emptyMask(await loadVolume(series)));
    const entry = {
      image: { path: "series", sha256: await sha256OfPath(copy) },
      truth: { path: "on-series.nii", made: "manual" },
      labels: { "1": "x" },
    };
    const { kind } = await load(entry);
    expect(kind).toBe("volume");
    const [first] = readdirSync(copy);
    appendFileSync(join(copy, first!), "\0\0");
    await failure(load(entry), "hash-mismatch");
  });

  it("may be one of several series in a folder", async () => {
    mkdirSync(folder.path("several"));
    for (const name of ["series", "pet"])
      for (const file of readdirSync(join(files, name)))
        cpSync(join(files, name, file), folder.path(`several/${name}-${file}`));
    await saveMask(folder.path("on-pet.nii"), emptyMask(await loadVolume(join(files, "pet"))));
    const entry = (image: object) => ({
      image: { path: "several", ...image },
      truth: { path: "on-pet.nii", made: "manual" },
      labels: { "1": "x" },
    });
    const error = await failure(load(entry({})), "argument-invalid");
    expect(error.remedy).toBe('Name one beside image.path by its UID, number, or description: "series": "PT".');
    const { kind } = await load(entry({ series: "1.2.826.0.1.3680043.8.498.2" }));
    expect(kind).toBe("volume");
  });

  it("may have an RTSTRUCT as its truth", async () => {
    cpSync(join(files, "series"), folder.path("rt-series"), { recursive: true });
    cpSync(join(files, "structures.dcm"), folder.path("rt.dcm"));
    const loaded = await load({
      image: { path: "rt-series" },
      truth: { path: "rt.dcm", made: "manual" },
      labels: { "4": "ring", "7": "triangle" },
    });
    expect([loaded.kind, loaded.truth.labels]).toEqual(["volume", [4, 7]]);
  });

  describe("may have objects that overlap as its truth", () => {
    const overlapping = (labels: object, instances = false) => {
      const header = [
        "NRRD0004",
        "type: uint8",
        "dimension: 4",
        "space: RAS",
        "sizes: 2 2 2 2",
        "kinds: list domain domain domain",
      ];
      const axes = ["space directions: none (1,0,0) (0,1,0) (0,0,1)", "space origin: (0,0,0)", "encoding: raw"];
      const segments = [1, 2].map(
        (n) => `Segment${n - 1}_ID:=${n}\nSegment${n - 1}_LabelValue:=${n}\nSegment${n - 1}_Layer:=${n - 1}`,
      );
      // For each voxel whether it belongs to object 1, and to object 2.
      const voxels = [1, 0, 1, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
      const text = `${[...header, ...axes, ...segments].join("\n")}\n\n`;
      folder.put("overlap.seg.nrrd", Buffer.concat([Buffer.from(text), Buffer.from(voxels)]));
      return load({ image, truth: { path: "overlap.seg.nrrd", made: "manual", instances }, labels });
    };

    it.each([
      [{ "1+2": "both" }, [1, 1, 1, 0, 0, 0, 0, 0]],
      [{ "1": "one" }, [1, 1, 0, 0, 0, 0, 0, 0]],
      [{ ">=1": "any" }, [1, 1, 1, 0, 0, 0, 0, 0]],
      [{ ">=2": "two" }, [0, 1, 1, 0, 0, 0, 0, 0]],
    ])("with %j", async (labels, wanted) => {
      const { truth } = await overlapping(labels);
      expect(Array.from(truth.data)).toEqual(wanted);
    });

    it("but not where both are named, or each is one of several", async () => {
      const error = await failure(overlapping({ "1": "one", "2": "two" }), "format-unsupported");
      expect(error.remedy).toBe('Make a case for each of them, or take them together: "1+2".');
      await failure(overlapping({ ">=1": "cell" }, true), "format-unsupported");
      await failure(overlapping({ ">=3": "none" }), "argument-invalid");
    });
  });

  it("and its truth must be there", async () => {
    const work = load({ image, truth: { path: "none.nii", made: "manual" }, labels: { "1": "x" } });
    expect((await failure(work, "file-missing")).message).toMatch(
      /none\.nii\. Check its path there, .* manifest's folder/,
    );
  });
});

describe("a picture", async () => {
  folder.put("image.png", await encodePng(3, 1, Uint8Array.of(10, 20, 30)));
  folder.put("truth.png", await encodePng(3, 1, Uint8Array.of(0, 200, 7)));
  const image = { path: "image.png" };
  const truth = { path: "truth.png", made: "manual" };

  it.each([
    [{ "200": "polyp" }, false, [0, 200, 0], [[200, "polyp"]]],
    [{ ">=128": "polyp" }, false, [0, 1, 0], [[1, "polyp"]]],
    [
      { ">=1": "cell" },
      true,
      [0, 200, 7],
      [
        [7, "cell"],
        [200, "cell"],
      ],
    ],
  ])("with %j, instances %s", async (labels, instances, data, names) => {
    const loaded = await load({ image, truth: { ...truth, instances }, labels });
    if (loaded.kind !== "image") throw new Error(loaded.kind);
    expect(loaded.image).toMatchObject({ width: 3, height: 1, channels: 1, window: null });
    expect(Array.from(loaded.truth.data)).toEqual(data);
    expect([...loaded.names]).toEqual(names);
    expect(loaded.unnamed).toEqual("200" in labels ? [7] : []);
    expect(loaded.truth.labels).toEqual(names.map(([label]) => label));
    const [first] = loaded.truth.labels;
    expect(Array.from(loaded.truth.only(first).data)).toEqual(data.map((value) => (value === first ? 1 : 0)));
    expect(Array.from(loaded.truth.mask.data)).toEqual(data.map((value) => (value > 0 ? 1 : 0)));
  });

  it.each([
    [1, { "1": "lesion" }, [0, 1, 1], []],
    [1, { "255": "lesion" }, [0, 255, 255], []],
    [1, { ">=128": "lesion" }, [0, 1, 1], []],
    [4, { "2": "disc", "7": "cup" }, [2, 7, 0], [15]],
  ] as const)("may have a truth of %i bits with %j", async (bits, labels, data, unnamed) => {
    folder.put("bits.png", lowBitPng(3, 1, bits, bits === 1 ? [0, 1, 1] : [2, 7, 15]));
    const loaded = await load({ image, truth: { path: "bits.png", made: "manual" }, labels });
    expect(Array.from(loaded.truth.data)).toEqual(data);
    expect(loaded.unnamed).toEqual(unnamed);
  });

  it("must be as large as its truth", async () => {
    folder.put("wide.png", await encodePng(4, 1, new Uint8Array(4)));
    await failure(
      load({ image, truth: { path: "wide.png", made: "manual" }, labels: { "1": "x" } }),
      "geometry-mismatch",
    );
  });

  it("must not have a volume for truth", async () => {
    volume("truth3d.nii", [0, 1, 2, 0]);
    await failure(
      load({ image, truth: { path: "truth3d.nii", made: "manual" }, labels: { "1": "x" } }),
      "geometry-mismatch",
    );
  });
});
