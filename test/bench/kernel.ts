import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { KernelClient } from "../../kernel-ext/client/index.js";
import { kernelSpec } from "../../kernel-ext/kernelspec.js";
import { descendants } from "../../kernel-ext/process-tree.js";
import { printRows } from "./figures.js";

const starts = 5;
/** Few cells and many: a notebook must not become slower as it grows. */
const few = 10;
const many = 300;
const repeats = 9;
/** Memory is looked at when the kernel has been idle for so long. */
const restMs = 2_000;
/** A kernel that does not answer is left out. */
const patienceMs = 120_000;

/** One kernel and its language: the same work in its words. */
interface Peer {
  readonly name: string;
  readonly argv: readonly string[];
  declare(n: number): string;
  readonly loop: string;
  readonly completed: string;
}

interface Figures {
  readonly ready: number;
  readonly first: number;
  readonly trivial: readonly [number[], number[]];
  readonly other: readonly [number[], number[]];
  readonly declaring: readonly [number[], number[]];
  readonly memory: readonly [number, number];
  readonly completion: number[];
  readonly counted: number;
}

const typescript = {
  declare: (n: number) => `const v${n} = { a: ${n}, f: (q: number) => q * 2 }; v${n}.f(${n > 0 ? `v${n - 1}.a` : 1})`,
  loop: "let sum = 0; for (let n = 0; n < 1e6; n++) sum += n;",
  completed: "Math.ma",
};

/**
 * Start, small cells early and late in a notebook, memory, and completion, against ipykernel, plain tslab, and Deno
 * with the same client, alternating.
 */
export async function benchKernel(root: string, python: string): Promise<void> {
  const peers: Peer[] = [
    {
      name: "samlab",
      argv: kernelSpec(process.execPath, join(root, "dist", "kernel-ext", "main.js")).argv,
      ...typescript,
    },
    {
      name: "ipykernel",
      argv: [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
      declare: (n) => `v${n} = {"a": ${n}, "f": lambda q: q * 2}; v${n}["f"](${n > 0 ? `v${n - 1}["a"]` : 1})`,
      loop: "total = 0\nfor n in range(1000000): total += n",
      completed: "str.joi",
    },
    {
      name: "tslab",
      argv: [
        process.execPath,
        join(root, "node_modules", "tslab", "bin", "tslab"),
        "kernel",
        "--config-path={connection_file}",
      ],
      ...typescript,
    },
  ];
  const deno = findDeno();
  if (deno)
    peers.push({ name: "Deno", argv: [deno, "jupyter", "--kernel", "--conn", "{connection_file}"], ...typescript });
  else console.log("Deno is left out: put its program on the PATH, for instance by `npm install -g deno`.");

  const results = new Map<string, Figures[]>(peers.map(({ name }) => [name, []]));
  for (let n = 0; n < starts; n++) {
    // The long part of a life is measured once.
    for (const peer of peers) {
      const figures = results.get(peer.name);
      if (!figures) continue;
      const kernel = { kill: () => {} };
      const limit = setTimeout(() => kernel.kill(), patienceMs);
      try {
        figures.push(await measure(peer, n === 0, kernel));
      } catch (error) {
        console.log(`${peer.name} is left out: ${error instanceof Error ? error.message : String(error)}`);
        results.delete(peer.name);
      } finally {
        clearTimeout(limit);
      }
    }
  }
  const rows = (title: string, pick: (figures: Figures) => readonly number[]) =>
    printRows(
      `Kernel: ${title}`,
      [...results]
        .map(([what, figures]) => ({ what, runs: figures.flatMap(pick) }))
        .filter(({ runs }) => runs.length > 0),
    );
  rows("start until it answers", ({ ready }) => [ready]);
  rows("start until the result of the first 1+1", ({ first }) => [first]);
  rows(`1+1 after ${few} cells`, ({ trivial }) => trivial[0]);
  rows(`1+1 after ${many} cells`, ({ trivial }) => trivial[1]);
  rows(`a small cell that is new after ${few} cells`, ({ other }) => other[0]);
  rows(`a small cell that is new after ${many} cells`, ({ other }) => other[1]);
  rows(`a declaring cell after ${few} cells`, ({ declaring }) => declaring[0]);
  rows(`a declaring cell after ${many} cells`, ({ declaring }) => declaring[1]);
  rows(`a completion after ${many} cells`, ({ completion }) => completion);
  rows("a cell that adds a million numbers up in a variable", ({ counted }) => [counted]);
  console.log(`\nKernel: memory after ${few} and ${many} cells`);
  for (const [name, [{ memory }]] of results as Map<string, [Figures]>) {
    const [early, late] = memory;
    console.log(`  ${name.padEnd(44)} ${early.toFixed(0)} MB, ${late.toFixed(0)} MB (${(late / early).toFixed(2)} ×)`);
  }
}

async function measure(peer: Peer, isLong: boolean, ending: { kill: () => void }): Promise<Figures> {
  const begin = performance.now();
  const kernel = await KernelClient.launch(peer.argv);
  ending.kill = () => kernel.kill();
  const ready = performance.now() - begin;
  await kernel.execute("1+1");
  const first = performance.now() - begin;
  const time = async (work: () => Promise<unknown>) => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  let next = 0;
  const declare = () => kernel.execute(peer.declare(next++));
  const timed = async (work: () => Promise<unknown>) => {
    const runs: number[] = [];
    for (let n = 0; n < repeats; n++) runs.push(await time(work));
    return runs;
  };
  const trivial = () => timed(() => kernel.execute("1+1"));
  let small = 0;
  // One that has not been run before: samlab compiles a cell that is run again only once.
  const other = () => timed(() => kernel.execute(`1+${++small}`));
  const memoryNow = async () => {
    await new Promise((resolve) => setTimeout(resolve, restMs));
    return residentMegabytes(kernel.process.child.pid!);
  };

  while (next < few) await declare();
  const figures = async () => ({
    trivial: await trivial(),
    other: await other(),
    declaring: await timed(declare),
    memory: isLong ? await memoryNow() : Number.NaN,
  });
  const early = await figures();
  let late: typeof early = { trivial: [], other: [], declaring: [], memory: early.memory };
  let completion: number[] = [];
  if (isLong) {
    while (next < many) await declare();
    late = await figures();
    await kernel.complete(peer.completed);
    completion = await timed(() => kernel.complete(peer.completed));
  }
  const counted = await time(() => kernel.execute(peer.loop));
  await kernel.shutdown();
  return {
    ready,
    first,
    trivial: [early.trivial, late.trivial],
    other: [early.other, late.other],
    declaring: [early.declaring, late.declaring],
    memory: [early.memory, late.memory],
    completion,
    counted,
  };
}

/** Of the kernel and the processes that it has started. */
function residentMegabytes(kernel: number): number {
  if (process.platform !== "linux") return Number.NaN;
  const kilobytes = [kernel, ...descendants(kernel)].map((pid) =>
    Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]),
  );
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024;
}

function findDeno(): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "deno"))
    .find((path) => existsSync(path));
}
