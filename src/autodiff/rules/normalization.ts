import { int, normalizeAxis } from "../../onnx/shape-rules.js";
import { mul, reduceTo, sub } from "../arithmetic.js";
import { type GradientRule, inputOf } from "./rule.js";

/** ∂x = (∂y − Σ ∂y·y)·y along the axis. */
const softmax: GradientRule = ({ b, node, output, adjoint }) => {
  const axis = int(node.attributes, "axis", -1);
  const weighted = mul(b, adjoint, output);
  return [sub(b, weighted, mul(b, output, b.reduceSum(weighted, [axis])))];
};

/** ∂x = ∂y − eʸ·Σ ∂y along the axis. */
const logSoftmax: GradientRule = ({ b, node, output, adjoint }) => {
  const axis = int(node.attributes, "axis", -1);
  return [sub(b, adjoint, mul(b, b.op("Exp", [output]), b.reduceSum(adjoint, [axis])))];
};

/**
 * With x̂ = (x − mean)/σ and g = ∂y·scale: ∂x = (g − mean g − x̂·mean(g·x̂))/σ. x̂ and 1/σ are recomputed by one more
 * fused node, which is cheaper than keeping or deriving them.
 */
const layerNormalization: GradientRule = (context) => {
  const { b, node, adjoint } = context;
  const [x, scale] = [inputOf(context, 0), inputOf(context, 1)];
  const axis = normalizeAxis(int(node.attributes, "axis", -1), x.dims.length, node.op);
  const axes = [...x.dims.keys()].slice(axis);
  const ones = b.expand(b.scalar(1, x.type), scale.dims, b.int64(scale.dims as number[]));
  const each = x.dims.map((dim, n) => (n >= axis ? 1 : dim));
  const [unit, , inverse] = b.multi("LayerNormalization", [x, ones], node.attributes, [
    { type: x.type, dims: x.dims },
    { type: x.type, dims: each },
    { type: x.type, dims: each },
  ]);
  const wantsX = () => {
    const g = mul(b, adjoint, scale);
    const along = mul(b, unit, b.reduceMean(mul(b, g, unit), axes));
    return mul(b, sub(b, sub(b, g, b.reduceMean(g, axes)), along), inverse);
  };
  return [
    context.wants(0) ? wantsX() : null,
    context.wants(1) ? reduceTo(b, mul(b, adjoint, unit), scale.dims) : null,
    context.wants(2) ? reduceTo(b, adjoint, scale.dims) : null,
  ];
};

export const normalizationRules: Readonly<Record<string, GradientRule>> = {
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  LayerNormalization: layerNormalization,
};
