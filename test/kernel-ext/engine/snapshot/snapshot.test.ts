import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { built } from "../../../support/built.js";

const compiled = (file: string) => built("kernel-ext", "engine", file);
const load = (file: string) => import(pathToFileURL(compiled(file)).href);

it("a snapshot is made anew when any of its files has changed", async () => {
  const { bundledFiles } = (await load(
    "snapshot/bundle.js",
  )) as typeof import("../../../../kernel-ext/engine/snapshot/bundle.js");
  const { snapshotSources } = (await load(
    "snapshot/snapshot.js",
  )) as typeof import("../../../../kernel-ext/engine/snapshot/snapshot.js");
  const files = bundledFiles(compiled("compiler/snapshot-main.js"));
  expect(files.length).toBeGreaterThan(10);
  const known = new Set(snapshotSources());
  expect(files.filter((file) => !known.has(file))).toEqual([]);
});
