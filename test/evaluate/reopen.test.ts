import { join } from "node:path";
import { expect, it } from "vitest";
import { evaluate } from "../../src/evaluate/evaluate.js";
import { reopenRow } from "../../src/evaluate/reopen.js";
import { failure } from "../io/helpers.js";
import { temporaryFolders } from "../support/temporary.js";
import { block, volumeCase, writeManifest } from "./support/data-set.js";
import { FakeSam } from "./support/fake-sam.js";

const folder = temporaryFolders();

it("opens the files that a row is of, and refuses others under the same id", async () => {
  const here = await folder();
  const data = await writeManifest(here, [await volumeCase(here, "a")]);
  const [row] = (await evaluate({ models: new FakeSam(), data, prompts: "box" })).rows;
  const { object } = await reopenRow(row!, { data });
  expect(object).toMatchObject({ label: "tumor", part: 0 });
  await volumeCase(here, "a", [{ ...block, to: [8, 8, 3] }]);
  const refused = await failure(reopenRow(row!, { data }), "hash-mismatch");
  expect(refused.message).toBe(
    'The files of case "a" are not those that the row is of. Give the data that were evaluated, unchanged.',
  );
  // Rows made by hand do not say which files they are of.
  expect((await reopenRow({ ...row!, dataHash: "" }, { data })).loaded.entry.image.file).toBe(join(here, "a.nii"));
});
