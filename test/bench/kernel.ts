import { join } from "node:path";
import { KernelClient } from "../../kernel-ext/client/index.js";
import { kernelSpec } from "../../kernel-ext/kernelspec.js";
import { printRows } from "./figures.js";

const starts = 5;
const cells = 30;

/** A loop over a million numbers that adds up in a variable of the notebook. */
const loops = {
  samlab: "let sum = 0; for (let n = 0; n < 1e6; n++) sum += n;",
  ipykernel: "total = 0\nfor n in range(1000000): total += n",
};

/** Times of one kernel's life: until it answers, until the first result, for each further trivial cell and for the loop, ms. */
async function measure(argv: readonly string[], loop: string) {
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
  const start = performance.now();
  await kernel.execute(loop);
  const counted = performance.now() - start;
  await kernel.shutdown();
  return { ready, first, trivial, counted };
}

/** Start and trivial cells against ipykernel, through the same client, in turn. */
export async function benchKernel(root: string, python: string): Promise<void> {
  const kernels = {
    samlab: kernelSpec(process.execPath, join(root, "dist", "kernel-ext", "main.js")).argv,
    ipykernel: [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
  };
  const results = { samlab: [], ipykernel: [] } as Record<keyof typeof kernels, Awaited<ReturnType<typeof measure>>[]>;
  for (let n = 0; n < starts; n++) {
    for (const name of ["samlab", "ipykernel"] as const) results[name].push(await measure(kernels[name], loops[name]));
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
  printRows(
    "Kernel: a cell that adds a million numbers up in a variable",
    rows(({ counted }) => [counted]),
  );
}
