import type { Graph } from "../../src/onnx/graph.js";

/** The names of all values that a value of the graph follows from, its own among them. */
export function ancestors({ nodes }: Graph, name: string): ReadonlySet<string> {
  const producer = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output.name, node] as const)));
  const seen = new Set<string>();
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const input of producer.get(next)?.inputs ?? []) if (input) open.push(input.name);
  }
  return seen;
}
