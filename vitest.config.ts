import { readdirSync, readFileSync } from "node:fs";
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that mock a module: each needs its own module registry. */
const mocking = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((name) => `test/${name.replaceAll("\\", "/")}`)
  .filter((path) => path.endsWith(".test.ts") && /\bvi\.(do)?mock\(/i.test(readFileSync(path, "utf8")));

/** Notebooks take minutes; run last, they would leave the other worker idle. */
class NotebooksFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const isNotebook = ({ moduleId }: TestSpecification) => Number(moduleId.includes("/test/notebooks/"));
    return (await super.sort(files)).sort((a, b) => isNotebook(b) - isNotebook(a));
  }
}

export default defineConfig({
  // The sources load TypeScript as CommonJS, in a file that only its own compiler can read.
  resolve: { alias: [{ find: /^\.\/typescript\.cjs$/, replacement: "typescript" }] },
  test: {
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // A busy machine may take seconds for what takes milliseconds elsewhere.
    expect: { poll: { timeout: 20_000 } },
    // Two cores: the suites that start kernels and browsers would only slow each other down.
    maxWorkers: 2,
    sequence: { sequencer: NotebooksFirst },
    // With a thread for every core in both workers, ONNX Runtime's threads wait for one another.
    env: { SAMLAB_THREADS: process.env.SAMLAB_THREADS ?? "1" },
    reporters: ["default"],
    // The others share a worker's modules, browser, and JupyterLab, since importing and starting them for each file
    // takes minutes.
    projects: [
      { extends: true, test: { name: "mocking", include: mocking } },
      {
        extends: true,
        test: {
          name: "shared",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...mocking],
          isolate: false,
        },
      },
    ],
  },
});
