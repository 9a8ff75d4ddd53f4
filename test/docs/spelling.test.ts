import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pages, root } from "./pages.js";

const british =
  /[a-z]*(?:grey|colour|tumour|oedema|licence|behaviour|neighbour|honour|favour|cent(?:re|ring)|(?:milli|centi|micro|kilo)metre|cancell(?:ed|ing)|labell|modell|travell|signall|channell|judgement|artefact|catalogue|learnt|(?:recogn|raster|optim|initial|normal|quant|organ|summar|visual|serial|general|regular|minim|maxim|standard|util|emphas)is(?:e|ing|ation))[a-z]*/gi;

/** Names that others gave, and the key of manifests as they were written at first. */
const names: { readonly [file: string]: RegExp } = {
  "src/io/formats/raster.ts": /"grey16"/g,
  "src/datasets/import/decathlon.ts": /"licence", /g,
  "src/datasets/import/nnunet.ts": /"licence", /g,
  "src/datasets/manifest/read.ts": /\blicence\b/g,
};

it("is American in sources and documentation", () => {
  const sources = ["src", "kernel-ext", "widgets/src", "widgets/style"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|mjs|css)$/.test(name))
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`),
  );
  const texts = [
    ...sources.map((path) => ({ path, text: readFileSync(join(root, path), "utf8").replace(names[path] ?? /$^/, "") })),
    ...pages(),
  ];
  expect(texts.length).toBeGreaterThan(700);
  const found = texts.flatMap(({ path, text }) => [...text.matchAll(british)].map(([word]) => `${path}: ${word}`));
  expect(found).toEqual([]);
});
