import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { samlabPackage } from "../../src/io/files/package.js";

const { root } = samlabPackage;
// Benchmarks run this file in dist, where tsc puts no .mjs.
const stamps = pathToFileURL(join(root, "kernel-ext", "setup", "build-stamps.mjs")).href;
const { builds, isFresh } = (await import(stamps)) as typeof import("../../kernel-ext/setup/build-stamps.mjs");
const fresh = new Set<keyof typeof builds>();

/** Throws if what is tested was not built from the sources as they are. */
export function checkBuilt(...names: readonly (keyof typeof builds)[]): void {
  for (const name of names) {
    if (!fresh.has(name) && !isFresh(builds[name])) {
      throw new Error(`${name} is older than ${changed(builds[name])}: run npm run build`);
    }
    fresh.add(name);
  }
}

/** A file of dist. */
export function built(...path: string[]): string {
  checkBuilt("dist");
  return join(root, "dist", ...path);
}

/** The source that was changed last, if it was changed after the build. */
function changed({ stamp, sources }: (typeof builds)["dist"]): string {
  const timeOf = (path: string) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const files = sources.flatMap((source) =>
    source.includes(".")
      ? source
      : readdirSync(join(root, source), { recursive: true, encoding: "utf8" }).map((file) => `${source}/${file}`),
  );
  const newest = files.reduce((a, b) => (timeOf(a) >= timeOf(b) ? a : b));
  return timeOf(newest) > timeOf(stamp) ? newest : "its sources";
}
