// Writes generated/ from data-samples/manifest.schema.json: the check that ajv compiles, and the types of a manifest's
// JSON. Compiling when a manifest is read would take longer than the rest of reading, and need ajv at run time.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import { compile } from "json-schema-to-typescript";

const folder = new URL("./generated/", import.meta.url);
const schema = JSON.parse(readFileSync(new URL("../../../data-samples/manifest.schema.json", import.meta.url), "utf8"));
const banner = "// Generated from data-samples/manifest.schema.json by `npm run generate`.";

function shapeCheck() {
  const ajv = new Ajv2020({ allErrors: true, verbose: true, code: { source: true, esm: true, lines: true } });
  ajv.addVocabulary(["errorMessage"]);
  const code = standalone.default(ajv, ajv.compile(schema));
  const [, name] = /export const validate = (\w+);\s*export default \1;/.exec(code);
  return [
    "// @ts-nocheck",
    banner,
    code.replace(/"use strict";\s*export const validate = .*?export default \w+;/s, "").trim(),
    "/** What the schema finds wrong with a value; empty when nothing is. */",
    "export function shapeErrors(value: unknown): unknown[] {",
    `  return ${name}(value) ? [] : ${name}.errors;`,
    "}\n",
  ].join("\n");
}

async function types() {
  const { modality, split, truth } = schema.$defs;
  const words = { modalities: modality, splits: split, truthOrigins: truth.properties.made };
  const code = await compile({ ...schema, title: "ManifestJson" }, "ManifestJson", { bannerComment: "" });
  return [
    banner,
    `export const manifestFormat = ${JSON.stringify(schema.properties.format.const)};`,
    ...Object.entries(words).map(
      ([name, { enum: list }]) => `export const ${name} = ${JSON.stringify(list)} as const;`,
    ),
    code.replace(/^ *\* .{118,}$/gm, wrapped),
  ].join("\n");
}

/** A comment's line in lines of up to 120 columns. */
function wrapped(line) {
  const [, start, text] = /^( *\* )(.*)$/.exec(line);
  const lines = [""];
  for (const word of text.split(" ")) {
    if (`${start}${lines.at(-1)} ${word}`.length > 120) lines.push("");
    lines.push(`${lines.pop()} ${word}`.trim());
  }
  return lines.map((part) => start + part).join("\n");
}

const files = { "shape-errors.ts": shapeCheck(), "manifest-json.ts": await types() };
const isCheck = process.argv.includes("--check");
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(files)) {
  const file = new URL(name, folder);
  if (!isCheck) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    process.stderr.write(`${fileURLToPath(file)} is not what the schema gives: run npm run generate.\n`);
    process.exitCode = 1;
  }
}
