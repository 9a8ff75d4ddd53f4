import type { GraphBuilder } from "../../onnx/builder.js";
import { onnxTypes, type Value } from "../../onnx/graph.js";
import { add, div, mul, reduceTo, sub } from "../arithmetic.js";
import { type GradientRule, inputOf, type RuleContext, wanted } from "./rule.js";

/**
 * A function of one value by its derivative. `y` is the function's result, where that is cheaper than starting from x.
 */
function unary(derivative: (b: GraphBuilder, x: Value, y: Value) => Value): GradientRule {
  return (context) => {
    const { b, adjoint, output } = context;
    return [mul(b, adjoint, derivative(b, inputOf(context, 0), output))];
  };
}

/** A function of two values, by what each side gets; broadcasting is undone here. */
function binary(
  left: (context: RuleContext, x: Value, y: Value) => Value,
  right: (context: RuleContext, x: Value, y: Value) => Value,
): GradientRule {
  return (context) => {
    const [x, y] = [inputOf(context, 0), inputOf(context, 1)];
    return wanted(context, [
      () => reduceTo(context.b, left(context, x, y), x.dims),
      () => reduceTo(context.b, right(context, x, y), y.dims),
    ]);
  };
}

const negative = (b: GraphBuilder, x: Value) => b.op("Neg", [x]);

/** 1 where x > 0, else 0: PyTorch's derivative of ReLU, 0 at 0. */
function isPositive(b: GraphBuilder, x: Value): Value {
  return b.op("Cast", [b.op("Greater", [x, b.scalar(0, x.type)])], { to: onnxTypes[x.type] });
}

/** Φ(x) + x·φ(x), the derivative of the exact GELU, x·Φ(x). */
function geluDerivative(b: GraphBuilder, x: Value): Value {
  const cumulative = add(b, mul(b, b.op("Erf", [mul(b, x, Math.SQRT1_2)]), 0.5), 0.5);
  const density = mul(b, b.op("Exp", [mul(b, mul(b, x, x), -0.5)]), 1 / Math.sqrt(2 * Math.PI));
  return add(b, cumulative, mul(b, x, density));
}

/** With s = σ(2u) and u = √(2/π)·(x + 0.044715x³): s + 2x·s·(1 − s)·u′, the derivative of the approximate GELU, x·s. */
function tanhGeluDerivative(b: GraphBuilder, x: Value): Value {
  const slope = Math.sqrt(8 / Math.PI);
  const square = mul(b, x, x);
  const s = b.op("Sigmoid", [mul(b, x, add(b, mul(b, square, 0.044715 * slope), slope))]);
  const inner = mul(b, x, add(b, mul(b, square, 3 * 0.044715 * slope), slope));
  return add(b, s, mul(b, inner, sub(b, s, mul(b, s, s))));
}

export const elementwiseRules: Readonly<Record<string, GradientRule>> = {
  Identity: ({ adjoint }) => [adjoint],
  Cast: (context) => {
    const { b, adjoint } = context;
    return [b.op("Cast", [adjoint], { to: onnxTypes[inputOf(context, 0).type] })];
  },
  Add: binary(
    ({ adjoint }) => adjoint,
    ({ adjoint }) => adjoint,
  ),
  Sub: binary(
    ({ adjoint }) => adjoint,
    ({ b, adjoint }) => negative(b, adjoint),
  ),
  Mul: binary(
    ({ b, adjoint }, _x, y) => mul(b, adjoint, y),
    ({ b, adjoint }, x) => mul(b, adjoint, x),
  ),
  Div: binary(
    ({ b, adjoint }, _x, y) => div(b, adjoint, y),
    ({ b, adjoint, output }, _x, y) => negative(b, div(b, mul(b, adjoint, output), y)),
  ),
  /** Of the base only: an exponent is a constant in every model. */
  Pow: (context) => {
    const { b, adjoint } = context;
    const [x, exponent] = [inputOf(context, 0), inputOf(context, 1)];
    const slope = mul(b, b.op("Pow", [x, sub(b, exponent, 1)]), exponent);
    return [reduceTo(b, mul(b, adjoint, slope), x.dims), null];
  },
  Where: (context) => {
    const { b, adjoint } = context;
    const [condition, x, y] = [0, 1, 2].map((n) => inputOf(context, n));
    const zero = b.scalar(0, adjoint.type);
    return [
      null,
      context.wants(1) ? reduceTo(b, b.op("Where", [condition, adjoint, zero]), x.dims) : null,
      context.wants(2) ? reduceTo(b, b.op("Where", [condition, zero, adjoint]), y.dims) : null,
    ];
  },
  Neg: ({ b, adjoint }) => [negative(b, adjoint)],
  Relu: unary((b, _x, y) => isPositive(b, y)),
  Gelu: (context) => {
    const { b, adjoint, node } = context;
    const derivative = node.attributes.approximate === "tanh" ? tanhGeluDerivative : geluDerivative;
    return [mul(b, adjoint, derivative(b, inputOf(context, 0)))];
  },
  Exp: unary((_b, _x, y) => y),
  Log: unary((b, x) => b.op("Reciprocal", [x])),
  Sqrt: unary((b, _x, y) => b.op("Reciprocal", [mul(b, y, 2)])),
  Reciprocal: unary((b, _x, y) => negative(b, mul(b, y, y))),
  Sigmoid: unary((b, _x, y) => sub(b, y, mul(b, y, y))),
  Softplus: unary((b, x) => b.op("Sigmoid", [x])),
  Erf: unary((b, x) => mul(b, b.op("Exp", [negative(b, mul(b, x, x))]), 2 / Math.sqrt(Math.PI))),
  Sin: unary((b, x) => b.op("Cos", [x])),
  Cos: unary((b, x) => negative(b, b.op("Sin", [x]))),
};
