// Whether what is built is that of the sources: a stamp beside it holds their hash. Plain JavaScript, built-in Node
// modules only, as it runs in a fresh clone. `npm run build` runs it to write the stamps.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export const builds = {
  dist: {
    stamp: "dist/.samlab-built",
    // Benchmarks use helpers of tests.
    sources: [
      "src",
      "kernel-ext",
      "test/bench",
      "test/support",
      "tsconfig.json",
      "tsconfig.build.json",
      "package-lock.json",
    ],
  },
  labextension: {
    stamp: "widgets/lib/.samlab-built",
    sources: [
      "widgets/src",
      "widgets/style",
      "widgets/build-dist.mjs",
      "widgets/package.json",
      "widgets/rspack.extra.cjs",
      "widgets/tsconfig.json",
      "src/core",
      "src/protocol",
      "package-lock.json",
    ],
  },
};

/** What installing the Python plug-in of papermill leaves among the sources. */
const made = /^(?:build|__pycache__|.*\.egg-info)$/;

/** A hash of file contents; folders are traversed recursively. */
export function hashOf(paths) {
  const hash = createHash("sha256");
  const add = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) if (!made.test(name)) add(join(path, name));
    } else {
      hash.update(`${path}\0`).update(readFileSync(full));
    }
  };
  for (const path of paths) add(path);
  return hash.digest("hex");
}

/** True if it was built from the sources as they are. */
export function isFresh({ stamp, sources }) {
  const file = join(root, stamp);
  return existsSync(file) && readFileSync(file, "utf8") === hashOf(sources);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { stamp, sources } of Object.values(builds)) writeFileSync(join(root, stamp), hashOf(sources));
}
