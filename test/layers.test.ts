import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** From left to right: a layer of src/ imports only itself and the layers to its left. */
const layers = [
  ["core"],
  ["protocol"],
  ["io"],
  ["checkpoint"],
  ["datasets"],
  ["onnx"],
  ["metrics"],
  ["models", "runtime", "autodiff"],
  ["train", "predict"],
  ["finetune", "distill", "export"],
  ["autoprompt"],
  ["volume"],
  ["evaluate"],
  ["cli", "sam-methods.ts"],
  ["index.ts"],
];

interface Import {
  readonly from: string;
  /** A path below the repository's root, or a package's name. */
  readonly to: string;
}

function sources(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, encoding: "utf8", withFileTypes: true });
  return entries
    .filter(
      (entry) =>
        entry.isFile() &&
        /\.tsx?$/.test(entry.name) &&
        !/node_modules|labextension|[\\/]lib[\\/]/.test(entry.parentPath),
    )
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
}

function imports(folder: string): Import[] {
  return sources(folder).flatMap((from) => {
    const text = readFileSync(join(root, from), "utf8");
    const found = text.matchAll(
      /^\s*(?:import|export)\s+(?:[^;"']*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm,
    );
    return [...found].map(([, fixed, dynamic]): Import => {
      const target = fixed ?? dynamic;
      const to = target.startsWith(".")
        ? posix.normalize(posix.join(posix.dirname(from), target)).replace(/\.js$/, ".ts")
        : target;
      return { from, to };
    });
  });
}

/** The shortest cycle of each group of files that import each other. Type imports count too. */
function circles(edges: readonly Import[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const seen = new Set<string>();
  return [...next.keys()].flatMap((start) => {
    const way = wayBack(start, next);
    if (!way || way.some((file) => seen.has(file))) return [];
    for (const file of way) seen.add(file);
    return [way];
  });
}

function wayBack(start: string, next: ReadonlyMap<string, readonly string[]>): string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const at of queue) {
    for (const to of next.get(at) ?? []) {
      if (to === start) {
        const way = [at];
        for (let back = at; back !== start; way.unshift(back)) back = cameFrom.get(back)!;
        return way;
      }
      if (cameFrom.has(to)) continue;
      cameFrom.set(to, at);
      queue.push(to);
    }
  }
  return null;
}

const show = ({ from, to }: Import) => `${from} imports ${to}`;

const inLibrary = imports("src");
const inKernel = imports("kernel-ext");
const inWidgets = imports("widgets/src");

describe("layers", () => {
  it("finds the imports to check", () => {
    expect(inLibrary.length).toBeGreaterThan(100);
    expect(inLibrary.map(show)).toContain("src/predict/providers.ts imports src/runtime/session.ts");
    expect(inKernel.length).toBeGreaterThan(30);
    expect(inWidgets.length).toBeGreaterThan(10);
  });

  it("a layer of src/ imports only layers to its left", () => {
    const layerOf = (path: string) => layers.findIndex((names) => names.includes(path.split("/")[1]));
    const wrong = inLibrary.filter(({ from, to }) => {
      if (!to.startsWith("src/")) return to.startsWith("kernel-ext/") || to.startsWith("widgets/");
      const [here, there] = [layerOf(from), layerOf(to)];
      const isSibling = here === there && from.split("/")[1] !== to.split("/")[1];
      return here < 0 || there < 0 || there > here || isSibling;
    });
    expect(wrong.map(show)).toEqual([]);
  });

  it("there are no import cycles", () => {
    expect(circles([...inLibrary, ...inKernel, ...inWidgets]).map((way) => way.join(" → "))).toEqual([]);
  });

  it("only runtime/ imports ONNX Runtime, and only evaluate/ imports arquero", () => {
    const outside = (library: RegExp, layer: string) =>
      [...inLibrary, ...inKernel]
        .filter(({ from, to }) => library.test(to) && !from.startsWith(`src/${layer}/`))
        .map(show);
    expect(outside(/^onnxruntime/, "runtime")).toEqual([]);
    expect(outside(/^arquero/, "evaluate")).toEqual([]);
  });

  it("core/ and protocol/ are safe for the browser", () => {
    const wrong = inLibrary.filter(({ from, to }) => /^src\/(core|protocol)\//.test(from) && !to.startsWith("src/"));
    expect(wrong.map(show)).toEqual([]);
  });

  it("only wire/ and the test client use sockets", () => {
    const wrong = inKernel.filter(({ from, to }) => to === "zeromq" && !/^kernel-ext\/(wire|client)\//.test(from));
    expect(wrong.map(show)).toEqual([]);
  });

  it("widgets/ imports only types and pure code from core/ and protocol/", () => {
    const wrong = inWidgets.filter(({ to }) => /^(src|kernel-ext)\//.test(to) && !/^src\/(core|protocol)\//.test(to));
    expect(wrong.map(show)).toEqual([]);
  });
});
