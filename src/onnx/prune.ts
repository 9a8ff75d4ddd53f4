import type { Graph, GraphNode } from "./graph.js";
import { readBy } from "./links.js";

/** The graph without nodes and constants that no output depends on. */
export function withoutUnused(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const nodes: GraphNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some(({ name }) => needed.has(name))) continue;
    nodes.push(node);
    for (const { name } of readBy(node)) needed.add(name);
  }
  return { ...graph, nodes: nodes.reverse(), constants: graph.constants.filter(({ value }) => needed.has(value.name)) };
}
