import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isSamlabError } from "../../src/core/errors.js";
import { compileSam } from "../../src/models/compile.js";
import { chooseModel } from "../../src/predict/catalog.js";
import { modelFiles, readModel } from "../../src/predict/model-files.js";
import { goldenPath } from "../support/golden.js";
import { isMutantWanted, marksOf, mutant, mutantCount, reportMutants } from "../support/mutants.js";
import { temporaryFolders } from "../support/temporary.js";

const folder = temporaryFolders();

/** Where the structure of a zip archive, a pickle and a safetensors header stands. */
const structure = [
  "PK\u0001\u0002",
  "PK\u0005\u0006",
  "PK\u0006\u0006",
  "PK\u0003\u0004",
  "ctorch",
  "ccollections",
  "data_offsets",
];

const count = mutantCount(60);

/** Seeds further on that had led to untagged errors. */
const found = [411, 929, 2192];

describe(`${count} damaged copies`, () => {
  const sources: [name: string, source: string, options: { base?: string }][] = [
    ["zip", "checkpoints/same/counter.pth", {}],
    ["zip of a whole model", "lora/micro-sam.pt", {}],
    ["torch < 1.6", "checkpoints/same/legacy.pth", {}],
    ["safetensors", "checkpoints/same/odd-types.safetensors", {}],
    ["safetensors of a whole model", "hugging-face/model.safetensors", {}],
    ["low-rank updates", "lora/samed_s.pth", { base: goldenPath("tiny-sam.pth") }],
  ];
  it.each(sources.filter(([, source]) => isMutantWanted(source)))(
    "of a checkpoint (%s) load or are refused with a reason",
    async (_name, source, options) => {
      const bytes = await readFile(goldenPath(source));
      const marks = marksOf(bytes, structure);
      const path = join(await folder(), source.replaceAll("/", "-"));
      const untagged: string[] = [];
      let refused = 0;
      for (const seed of [...Array(count).keys(), ...found]) {
        await writeFile(path, mutant(bytes, seed, marks));
        try {
          compileSam((await readModel(await modelFiles(chooseModel(path), options))).weights);
        } catch (error) {
          refused++;
          const cause = error instanceof Error ? error.cause : undefined;
          // Errors that only the outermost guard caught are defects too.
          if (!isSamlabError(error) || cause instanceof Error)
            untagged.push(
              `seed ${seed}: ${error instanceof Error ? error.stack : error} ${cause instanceof Error ? cause.stack : ""}`,
            );
        }
      }
      reportMutants(source, count + found.length, refused, untagged.length);
      expect(untagged.slice(0, 3)).toEqual([]);
      expect(refused).toBeGreaterThan(count / 4);
    },
    4 * 3600_000,
  );
});
