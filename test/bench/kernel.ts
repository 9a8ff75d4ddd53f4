import { join } from "node:path";
import { KernelClient } from "../../kernel-ext/client/index.js";
import { kernelSpec } from "../../kernel-ext/kernelspec.js";
import { printRows } from "./figures.js";

const starts = 5;
const cells = 30;

/** Times of one kernel's life: until it answers, until the first result, and for each further trivial cell, ms. */
async function measure(argv: readonly string[]) {
  const begin = performance.now();
  const kernel = await KernelClient.launch(argv);
  const ready = performance.now() - begin;
  await kernel.execute("1+1");
  const first = performance.now() - begin;
  const trivial: number[] = [];
  for (let n = 0; n < cells; n++) {
    const start = performance.now();
    await kernel.execute("1+1");
    trivial.push(performance.now() - start);
  }
  await kernel.shutdown();
  return { ready, first, trivial };
}

/** Start and trivial cells against ipykernel, through the same client, in turn. */
export async function benchKernel(root: string, python: string): Promise<void> {
  const kernels = {
    samlab: kernelSpec(process.execPath, join(root, "dist", "kernel-ext", "main.js")).argv,
    ipykernel: [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
  };
  const results = { samlab: [], ipykernel: [] } as Record<keyof typeof kernels, Awaited<ReturnType<typeof measure>>[]>;
  for (let n = 0; n < starts; n++) {
    for (const name of ["samlab", "ipykernel"] as const) results[name].push(await measure(kernels[name]));
  }
  const rows = (pick: (result: Awaited<ReturnType<typeof measure>>) => readonly number[]) =>
    (["samlab", "ipykernel"] as const).map((what) => ({ what, runs: results[what].flatMap(pick) }));
  printRows(
    "Kernel: start until it answers",
    rows(({ ready }) => [ready]),
  );
  printRows(
    "Kernel: start until the result of the first 1+1",
    rows(({ first }) => [first]),
  );
  printRows(
    "Kernel: 1+1",
    rows(({ trivial }) => trivial),
  );
}
