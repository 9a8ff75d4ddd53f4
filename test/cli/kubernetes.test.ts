import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Job } from "kubernetes-models/batch/v1/Job";
import ts from "typescript";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { saySkipped } from "../support/skipped.js";
import { temporaryFolders } from "../support/temporary.js";

const guide = fileURLToPath(new URL("../../docs/past-one-machine.md", import.meta.url));
const folder = temporaryFolders();

type Manifest = ConstructorParameters<typeof Job>[0] & {
  spec: { completions: number; template: { spec: { containers: [{ command: [string, ...string[]] }] } } };
};

/** The Job that the guide gives. */
async function manifest(): Promise<Manifest> {
  const blocks = (await readFile(guide, "utf8")).matchAll(/```yaml\n([\s\S]*?)```/g);
  return [...blocks].map(([, text]) => parse(text!)).find(({ kind }) => kind === "Job");
}

/** What the schema's types say against a manifest; they also know which fields there are not. */
function typeErrors(job: object): string[] {
  const file = fileURLToPath(new URL("manifest.ts", import.meta.url));
  const source = `import type { IJob } from "kubernetes-models/batch/v1/Job";\nexport default ${JSON.stringify(job)} satisfies IJob;\n`;
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile: read } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? source : read(name));
  host.getSourceFile = (name, ...more) =>
    name === file ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022) : getSourceFile(name, ...more);
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}

it("keeps to Kubernetes' schema", async () => {
  const job = await manifest();
  expect(() => new Job(job).validate()).not.toThrow();
  expect(typeErrors(job)).toEqual([]);
  const unknown = { ...job, spec: { ...job.spec, completionsMode: "Indexed" } };
  expect(typeErrors(unknown)).toEqual([expect.stringContaining("completionsMode")]);
  const wrong = { ...job, spec: { ...job.spec, completionMode: "indexed" } };
  expect(() => new Job(wrong as Manifest).validate()).toThrow("completionMode");
}, 60_000);

const isWindows = process.platform === "win32";
if (isWindows) saySkipped("the command of the Kubernetes Job: Windows lacks bash");

it.skipIf(isWindows)(
  "gives each index a share of its own, and does not count failed rows as a failed pod",
  async () => {
    const { spec } = await manifest();
    const [program, ...args] = spec.template.spec.containers[0].command;
    const here = await folder();
    await mkdir(join(here, "bin"));
    await writeFile(join(here, "bin", "samlab"), '#!/bin/sh\necho "$@" >> calls\nexit $SAMLAB_EXIT\n', { mode: 0o755 });
    const pod = async (index: number, exit: number) => {
      const env = {
        PATH: [join(here, "bin"), process.env.PATH].join(delimiter),
        JOB_COMPLETION_INDEX: String(index),
        SAMLAB_EXIT: String(exit),
      };
      const done = promisify(execFile)(program, args, { cwd: here, env });
      return done.then(
        () => 0,
        ({ code }: { code: number }) => code,
      );
    };
    const { completions } = spec;
    expect([await pod(0, 0), await pod(completions - 1, 3)]).toEqual([0, 0]);
    expect(await pod(1, 2)).not.toBe(0);
    const calls = (await readFile(join(here, "calls"), "utf8")).trim().split("\n");
    const shards = calls.map((call) => /--shard (\S+) --store (\S+)/.exec(call)?.slice(1));
    expect(shards).toEqual([
      [`1/${completions}`, "parts/0.ndjson"],
      [`${completions}/${completions}`, `parts/${completions - 1}.ndjson`],
      [`2/${completions}`, "parts/1.ndjson"],
    ]);
  },
);
