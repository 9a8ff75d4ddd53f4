import type { GraphBuilder } from "../../onnx/builder.js";
import { type GraphNode, graphError, type Value } from "../../onnx/graph.js";

export interface RuleContext {
  /** The graph that the gradient's nodes go to. */
  readonly b: GraphBuilder;
  readonly node: GraphNode;
  /** The node's first output. */
  readonly output: Value;
  /** The loss's gradient with respect to the output, in its shape. */
  readonly adjoint: Value;
  /** Whether input n leads to a parameter; others may be left out. */
  wants(n: number): boolean;
}

/**
 * The loss's gradients with respect to a node's inputs, each in the input's shape; `null` where there is none or none
 * is needed.
 */
export type GradientRule = (context: RuleContext) => readonly (Value | null)[];

/** The n-th input, which the operator always has. */
export function inputOf({ node }: RuleContext, n: number): Value {
  const value = node.inputs[n];
  if (!value) throw graphError(node.op, `input ${n} is missing`);
  return value;
}

/** The gradients of the inputs that need one. */
export function wanted(context: RuleContext, makers: readonly (() => Value)[]): (Value | null)[] {
  return makers.map((make, n) => (context.wants(n) ? make() : null));
}
