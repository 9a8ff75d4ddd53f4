import type { GraphBuilder } from "../onnx/builder.js";
import { type GraphNode, graphError, isGraph, type Value } from "../onnx/graph.js";
import { add } from "./arithmetic.js";
import { keptBytes, Replays } from "./recompute.js";
import { attentionRules } from "./rules/attention.js";
import { convolutionRules } from "./rules/convolution.js";
import { elementwiseRules } from "./rules/elementwise.js";
import { layoutRules } from "./rules/layout.js";
import { matrixRules } from "./rules/matrix.js";
import { normalizationRules } from "./rules/normalization.js";
import { resizeRules } from "./rules/resize.js";
import type { GradientRule } from "./rules/rule.js";

const rules: Readonly<Record<string, GradientRule>> = {
  ...elementwiseRules,
  ...matrixRules,
  ...layoutRules,
  ...normalizationRules,
  ...convolutionRules,
  ...attentionRules,
  ...resizeRules,
};

/** Operators that have a gradient, by their ONNX names. */
export const differentiable: readonly string[] = Object.keys(rules).sort();

/**
 * Bytes of intermediates, counted as if none were freed early (about twice what ONNX Runtime comes to), above which
 * recomputing them pays off. Fixed, not relative to this machine's memory, so that a training run gives the same
 * numbers elsewhere. Of LiteMedSAM's recipes, those that train whole weights of the encoder are above it, low-rank
 * updates and adapters below.
 */
const worthRecomputing = 2.2e9;

export interface GradientOptions {
  /**
   * Recomputes the intermediates of the graph's segments in the backward pass (gradient checkpointing), so that only
   * each segment's input is kept over the forward pass (Chen et al., "Training deep nets with sublinear memory cost",
   * 2016; PyTorch's `checkpoint`). `auto` does so if they would take several gigabytes; it costs up to a quarter more
   * time. Default false.
   */
  readonly recompute?: boolean | "auto";
}

/**
 * Extends a graph by the gradient of a scalar: reverse-mode differentiation, node by node from the loss back to the
 * parameters. Only what lies between the two is visited, so frozen parts cost nothing.
 *
 * The new nodes are ordinary ones of the same graph; the runtime frees each intermediate after its last use.
 * @param loss any shape with one element
 * @param parameters values of the graph: inputs, constants, or what was computed from them
 * @returns the gradient of each parameter, in its shape; `null` for one that the loss does not depend on
 * @throws {SamlabError} `graph-invalid` naming an operator without a gradient
 */
export function gradient(
  b: GraphBuilder,
  loss: Value,
  parameters: readonly Value[],
  { recompute = false }: GradientOptions = {},
): (Value | null)[] {
  const nodes = [...b.nodes];
  const reached = dependents(nodes, parameters);
  const adjoints = new Map<Value, Value>();
  const one = b.scalar(1, loss.type);
  adjoints.set(loss, loss.dims.length === 0 ? one : b.reshape(one, loss.dims));
  const isRecomputed = recompute === "auto" ? keptBytes(nodes, b.segments, reached) > worthRecomputing : recompute;
  const replays = new Replays(b, nodes, isRecomputed ? b.segments : []);
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at];
    const [output] = node.outputs;
    const adjoint = adjoints.get(output);
    if (!adjoint || parameters.includes(output)) continue;
    adjoints.delete(output);
    if (!reached.has(output)) continue;
    const wants = (n: number) => {
      const input = node.inputs[n];
      return input !== null && input !== undefined && reached.has(input);
    };
    const seen = replays.nodeAt(at, () => [
      adjoint,
      ...parameters.flatMap((parameter) => adjoints.get(parameter) ?? []),
    ]);
    const gradients = ruleOf(node)({ b, node: seen, output: seen.outputs[0], adjoint, wants });
    node.inputs.forEach((input, n) => {
      const contribution = gradients[n];
      if (!input || !contribution || !reached.has(input)) return;
      if (contribution.dims.join() !== input.dims.join()) {
        throw graphError(node.op, `the gradient of input ${n} is [${contribution.dims}], the input [${input.dims}]`);
      }
      const known = adjoints.get(input);
      adjoints.set(input, known ? add(b, known, contribution) : contribution);
    });
  }
  return parameters.map((parameter) => adjoints.get(parameter) ?? null);
}

/** All values that change with one of the parameters. */
function dependents(nodes: readonly GraphNode[], parameters: readonly Value[]): ReadonlySet<Value> {
  const reached = new Set(parameters);
  for (const node of nodes) {
    if (!reads(node, reached)) continue;
    for (const output of node.outputs) if (output.type === "float32" || output.type === "float64") reached.add(output);
  }
  return reached;
}

/** Whether a node, or a branch inside it, takes one of these values. */
function reads({ inputs, attributes }: GraphNode, values: ReadonlySet<Value>): boolean {
  return (
    inputs.some((input) => input && values.has(input)) ||
    Object.values(attributes).some((value) => isGraph(value) && value.nodes.some((inner) => reads(inner, values)))
  );
}

function ruleOf({ op, domain }: GraphNode): GradientRule {
  const name = domain ? `${domain}.${op}` : op;
  const rule = rules[name];
  if (!rule) {
    const why = op === "If" ? ": build the training graph with the branch that it takes" : "";
    throw graphError(name, `has no gradient${why}`);
  }
  return rule;
}
