import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fromArrow } from "arquero";
import { describe, expect, it } from "vitest";
import type { EvaluationPlan } from "../../../src/evaluate/plan.js";
import { columnNames } from "../../../src/evaluate/result/columns.js";
import { EvaluationResult } from "../../../src/evaluate/result/evaluation-result.js";
import { readRows } from "../../../src/evaluate/result/read-rows.js";
import { failure } from "../../io/helpers.js";
import { temporaryFolders } from "../../support/temporary.js";
import { row } from "../support/row.js";

const folder = temporaryFolders();

const plan: EvaluationPlan = {
  version: "1.2.3",
  models: [{ name: "m", hash: "abcdef0123456789" }],
  prompts: ["box"],
  policies: ["first"],
  scoring: {
    per: "auto",
    definition: "surface-distance",
    nsdTolerance: 2,
    empty: "nan",
    minPixels: null,
    unit: "image",
    window: "manifest",
  },
  automask: {},
  seed: 3,
  cases: [],
};

const rows = [
  row({ dice: 0.1 + 0.2, hd: Number.POSITIVE_INFINITY, contrast: Number.NaN }),
  row({
    case: "b",
    label: 'left "lower", lobe',
    failure: "First line.\nSecond, with a comma.",
    dice: Number.NaN,
    slice: -1,
  }),
  row({ case: "c", label: "Tumör", plane: "", unit: "px", clicks: 3, policy: "oracle", seed: 3_000_000_000 }),
];
const result = new EvaluationResult(rows, plan);

describe("an evaluation's files", () => {
  it.each(["rows.csv", "rows.json", "rows.ndjson"])("%s gives back every row as it was", async (name) => {
    const path = join(await folder(), name);
    await result.save(path);
    expect(await readRows(path)).toEqual(rows);
  });

  it("writes many rows in parts, which make up the whole", async () => {
    const here = await folder();
    const many = new EvaluationResult(
      Array.from({ length: 10_002 }, (_, slice) => ({ ...rows[slice % 3], slice })),
      plan,
    );
    for (const [name, text] of Object.entries({ "rows.csv": many.toCsv(), "rows.json": many.toJson() })) {
      await many.save(join(here, name));
      expect((await readFile(join(here, name), "utf8")) === text, name).toBe(true);
    }
    await many.save(join(here, "rows.ndjson"));
    expect((await readRows(join(here, "rows.ndjson"))).map(({ slice }) => slice)).toEqual(
      many.rows.map(({ slice }) => slice),
    );
  });

  it("of no rows are read as no rows", async () => {
    const here = await folder();
    for (const name of ["rows.csv", "rows.json"]) {
      await new EvaluationResult([], plan).save(join(here, name));
      expect(await readRows(join(here, name)), name).toEqual([]);
    }
  });

  it("reads files from before there were adapters", async () => {
    const path = join(await folder(), "rows.csv");
    await result.save(path);
    await writeFile(path, (await readFile(path, "utf8")).replace(",adapterHash,", ",anything,"));
    expect((await readRows(path)).map(({ adapterHash }) => adapterHash)).toEqual(["", "", ""]);
  });

  it("writes Arrow that reads back, with types", async () => {
    const path = join(await folder(), "rows.arrow");
    await result.save(path);
    const table = fromArrow(new Uint8Array(await readFile(path)));
    expect(table.columnNames()).toEqual(columnNames);
    expect(table.objects()).toEqual(rows);
  });

  it("gives an arquero table to work on", () => {
    expect(result.table.numRows()).toBe(3);
    expect(result.table.get("clicks", 2)).toBe(3);
  });

  it("names the ending that cannot be written, and the way to Parquet", async () => {
    expect((await failure(result.save("rows.parquet"), "format-unsupported")).message).toMatch(/\.arrow.*pandas/s);
    await failure(readRows("rows.arrow"), "format-unknown");
  });

  it("names the line and column of a file that is none", async () => {
    const path = join(await folder(), "rows.csv");
    const text = result.toCsv();
    await writeFile(path, text.replace("0.30000000000000004", "much"));
    expect((await failure(readRows(path), "format-invalid")).message).toMatch(/row 1: dice is not a number \("much"\)/);
    await writeFile(path, text.replace(",dice,", ",dize,"));
    expect((await failure(readRows(path), "format-invalid")).message).toMatch(/dice is missing/);
  });

  it("has a footnote that says how it was scored", () => {
    expect(result.footnote).toBe(
      "n = 2 rows: 2 objects of 2 cases; 1 rows failed. Mask policy: first, oracle (oracle chooses with the truth). " +
        "Distances: surface-distance's definition; NSD at 2 mm or px; distances of an empty prediction are undefined (its overlap scores are 0). " +
        "Models: m (abcdef01); seed 3; samlab 1.2.3.",
    );
  });
});
