import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readArguments } from "../../src/cli/arguments.js";
import { adaptedModel, modelOptions, modelOptionsOf, modelsToLoad } from "../../src/cli/model-options.js";
import { runCli } from "../../src/cli/run.js";
import { readRows } from "../../src/evaluate/result/read-rows.js";
import { volumeCase, writeManifest } from "../evaluate/support/data-set.js";
import { temporaryFolders } from "../support/temporary.js";
import { tinySam, tinyTuned } from "../support/tiny-tuned.js";

const folder = temporaryFolders();

it("reads FILE and BASE=FILE", async () => {
  expect(adaptedModel("a.safetensors")).toEqual({ adapter: "a.safetensors" });
  expect(adaptedModel("sam.pth=a.safetensors")).toEqual({ model: "sam.pth", adapter: "a.safetensors" });
  const path = join(await folder(), "rank=4.safetensors");
  await writeFile(path, "");
  expect(adaptedModel(path)).toEqual({ adapter: path });
});

it("applies --hq-token-only to HQ-SAM, by name and by path, and refuses it without one", () => {
  const read = (...names: string[]) => {
    const given = readArguments(["--hq-token-only", ...names.flatMap((name) => ["--model", name])], {
      ...modelOptions,
      model: { value: "NAME", help: "", multiple: true },
    });
    expect(modelOptionsOf(given)).toEqual({ hqTokenOnly: true });
    return modelsToLoad(names, given);
  };
  expect(read("hq-sam-vit-b", "sam-vit-b", "own.pth")).toEqual([
    { model: "hq-sam-vit-b", hqTokenOnly: true },
    "sam-vit-b",
    { model: "own.pth", hqTokenOnly: true },
  ]);
  expect(() => read("sam-vit-b")).toThrow(
    expect.objectContaining({
      code: "argument-invalid",
      field: "--hq-token-only",
      message: expect.stringContaining("HQ-SAM"),
    }),
  );
});

it("evaluates a fine-tuned model beside its base from the command line, and alone without --model", async () => {
  const here = await folder();
  const manifest = await writeManifest(here, [await volumeCase(here, "volume")]);
  const [adapter, out] = [join(here, "adapter.safetensors"), join(here, "rows.csv")];
  const tuned = await tinyTuned();
  await tuned.adapter.save(adapter);
  await tuned.sam.dispose();
  const evaluated = async (...models: string[]) => {
    let errors = "";
    const code = await runCli(["evaluate", manifest, ...models, "--device", "cpu", "--out", out, "--quiet"], {
      out: () => undefined,
      err: (text) => {
        errors += text;
      },
      isTerminal: false,
      signal: new AbortController().signal,
    });
    expect(code, errors).toBe(0);
    return [...new Set((await readRows(out)).map((row) => `${row.model} ${row.adapterHash}`))];
  };
  const { hash } = tuned.adapter;
  expect(await evaluated("--model", tinySam, "--adapter", `${tinySam}=${adapter}`)).toEqual([
    `${tinySam} `,
    `${tuned.sam.name} ${hash}`,
  ]);
  expect(await evaluated("--adapter", adapter)).toEqual([`${tuned.sam.name} ${hash}`]);
});
