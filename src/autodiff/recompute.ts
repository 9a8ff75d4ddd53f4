import type { GraphBuilder, GraphPart } from "../onnx/builder.js";
import { type GraphNode, isGraph, onnxTypes, type Value } from "../onnx/graph.js";
import { sizeOf } from "./arithmetic.js";
import { falseAfter, waitFor } from "./order.js";

/**
 * The nodes of a forward pass as the backward pass reads them: nodes of segments are duplicated when the first of them
 * is needed.
 */
export class Replays {
  readonly #b: GraphBuilder;
  readonly #nodes: readonly GraphNode[];
  readonly #segments: readonly GraphPart[];
  readonly #copies = new Map<GraphPart, ReadonlyMap<Value, Value>>();
  readonly #awaited = new Set<Value>();

  constructor(b: GraphBuilder, nodes: readonly GraphNode[], segments: readonly GraphPart[]) {
    this.#b = b;
    this.#nodes = nodes;
    this.#segments = segments;
  }

  /**
   * @param finished gradients that must be computed before a copy is made
   * @returns node `at`, with inputs and outputs of the copy
   */
  nodeAt(at: number, finished: () => readonly Value[]): GraphNode {
    const node = this.#nodes[at];
    const segment = this.#segments.find(({ start, end }) => start <= at && at < end);
    if (!segment) return node;
    const copy = this.#copies.get(segment) ?? this.#replay(segment, finished());
    return {
      ...node,
      inputs: node.inputs.map((input) => input && (copy.get(input) ?? input)),
      outputs: node.outputs.map((output) => copy.get(output) ?? output),
    };
  }

  #replay(segment: GraphPart, finished: readonly Value[]): ReadonlyMap<Value, Value> {
    const awaited = finished.filter((value) => !this.#awaited.has(value));
    for (const value of awaited) this.#awaited.add(value);
    const copy = replay(this.#b, this.#nodes.slice(segment.start, segment.end), segment.input, awaited);
    this.#copies.set(segment, copy);
    return copy;
  }
}

/**
 * Bytes of float32 that a backward pass would at most keep of segments: their values that lead from a parameter to the
 * loss.
 */
export function keptBytes(
  nodes: readonly GraphNode[],
  segments: readonly GraphPart[],
  reached: ReadonlySet<Value>,
): number {
  // A reshaped tensor shares its memory.
  const made = segments.flatMap(({ start, end }) => nodes.slice(start, end).filter(({ op }) => op !== "Reshape"));
  const inside = made.flatMap(({ outputs }) => outputs);
  return inside.filter((value) => reached.has(value)).reduce((sum, { dims }) => sum + 4 * sizeOf(dims), 0);
}

/**
 * Duplicates the nodes that depend on a segment's input or on parameters sliced inside it; nodes that depend only on
 * constants are shared.
 *
 * The copy is made dependent on gradients. Without that it would be merged with the original as a common subexpression;
 * and ONNX Runtime, which orders nodes depth-first, would compute all copies first and the gradients of weights last,
 * keeping all their intermediates.
 */
function replay(
  b: GraphBuilder,
  nodes: readonly GraphNode[],
  input: Value,
  awaited: readonly Value[],
): ReadonlyMap<Value, Value> {
  const never = falseAfter(b, awaited);
  const noStep = b.op("Cast", [never], { to: onnxTypes.int64 });
  const copies = new Map<Value, Value>([[input, waitFor(b, input, never)]]);
  for (const node of nodes) {
    // The nodes of a branch refer to outer values by name, so it is not copied.
    if (Object.values(node.attributes).some(isGraph)) continue;
    const inputs = node.inputs.map((value) => value && (copies.get(value) ?? value));
    const isOfInput = node.inputs.some((value) => value && copies.has(value));
    // The slice reads the parameter vector, which must not be copied, so the dependency is added to its start index.
    const isOfParameters = !isOfInput && node.op === "Slice" && !b.dataOf(node.inputs[0] as Value);
    if (!isOfInput && !isOfParameters) continue;
    if (isOfParameters) inputs[1] = b.op("Add", [inputs[1] as Value, noStep]);
    const outputs = b.again(node, inputs);
    node.outputs.forEach((output, n) => {
      copies.set(output, outputs[n]);
    });
  }
  return copies;
}
