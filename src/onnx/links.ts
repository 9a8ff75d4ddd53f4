import { appendTo } from "../core/append-to.js";
import { type ConstantData, type Graph, type GraphNode, isGraph, type Value } from "./graph.js";

/** Who makes and who reads the values of a graph. */
export class GraphLinks {
  readonly #producers = new Map<string, GraphNode>();
  /** The graph's own outputs count as read by `null`. */
  readonly #readers = new Map<string, (GraphNode | null)[]>();
  readonly #constants: ReadonlyMap<string, ConstantData>;

  constructor({ nodes, outputs, constants }: Graph) {
    this.#constants = new Map(constants.map(({ value, data }) => [value.name, data]));
    const read = (name: string, node: GraphNode | null) => appendTo(this.#readers, name, node);
    for (const node of nodes) {
      for (const { name } of node.outputs) this.#producers.set(name, node);
      for (const { name } of readBy(node)) read(name, node);
    }
    for (const { name } of outputs) read(name, null);
  }

  producer(value: Value): GraphNode | null {
    return this.#producers.get(value.name) ?? null;
  }

  /** Whether a value is a constant of zeros. */
  isZero({ name }: Value): boolean {
    return this.#constants.get(name)?.every((value: number | bigint) => Number(value) === 0) ?? false;
  }

  /** The node that reads a value, if nothing else does. */
  onlyReader(value: Value): GraphNode | null {
    const readers = this.#readers.get(value.name) ?? [];
    return readers.length === 1 ? readers[0]! : null;
  }

  /** The nodes that made a value, the last first, where their operators are these; fewer where they are not. */
  chainBefore(value: Value, ops: readonly string[]): GraphNode[] {
    return chain(
      value,
      ops,
      (from) => this.producer(from),
      ({ inputs }) => inputs[0] ?? null,
    );
  }

  /** The nodes that a value goes through, each its only reader, where their operators are these; else fewer. */
  chainAfter(value: Value, ops: readonly string[]): GraphNode[] {
    return chain(
      value,
      ops,
      (from) => this.onlyReader(from),
      ({ outputs }) => outputs[0] ?? null,
    );
  }
}

function chain(
  start: Value,
  ops: readonly string[],
  follow: (value: Value) => GraphNode | null,
  end: (node: GraphNode) => Value | null,
): GraphNode[] {
  const nodes: GraphNode[] = [];
  let value: Value | null = start;
  for (const op of ops) {
    const node: GraphNode | null = value && follow(value);
    if (node?.op !== op) break;
    nodes.push(node);
    value = end(node);
  }
  return nodes;
}

/** What a node takes, also in its branches. */
export function readBy({ inputs, attributes }: GraphNode): Value[] {
  const branches = Object.values(attributes).filter(isGraph);
  return [...inputs.filter((value) => value !== null), ...branches.flatMap(({ nodes }) => nodes.flatMap(readBy))];
}
