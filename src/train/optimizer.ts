import { add, div, mul, sub } from "../autodiff/arithmetic.js";
import { SamlabError, show } from "../core/errors.js";
import { checkOptionNames, type OptionNames } from "../core/option-names.js";
import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";

/** AdamW (Loshchilov and Hutter 2019), with PyTorch's defaults. */
export interface AdamW {
  /** Discriminates between optimizers. */
  readonly kind: "adamw";
  /** Decay of the first and second moment. Default [0.9, 0.999]. */
  readonly betas: readonly [number, number];
  /** Added to the denominator. Default 1e-8. */
  readonly epsilon: number;
  /** Decoupled: parameters shrink by learningRate × weightDecay each step. */
  readonly weightDecay: number;
}

/** Stochastic gradient descent with momentum, as `torch.optim.SGD`. */
export interface Sgd {
  /** Discriminates between optimizers. */
  readonly kind: "sgd";
  /** Default 0.9. */
  readonly momentum: number;
  /** Added to the gradient. */
  readonly weightDecay: number;
}

/** The optimizer and its settings. */
export type Optimizer = AdamW | Sgd;

/**
 * AdamW with PyTorch's defaults for omitted settings.
 * @example
 * const optimizer = adamW({ weightDecay: 0.05 });
 */
export function adamW(options: Partial<Omit<AdamW, "kind">> = {}): AdamW {
  return { kind: "adamw", betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01, ...options };
}

/**
 * Stochastic gradient descent; momentum 0.9 and no weight decay unless given.
 * @example
 * const optimizer = sgd({ momentum: 0.95 });
 */
export function sgd(options: Partial<Omit<Sgd, "kind">> = {}): Sgd {
  return { kind: "sgd", momentum: 0.9, weightDecay: 0, ...options };
}

const adamWNames: OptionNames<AdamW> = { kind: true, betas: true, epsilon: true, weightDecay: true };
const sgdNames: OptionNames<Sgd> = { kind: true, momentum: true, weightDecay: true };

/**
 * @throws {SamlabError} `argument-invalid` for an unknown kind or setting, and for values with which nothing can be
 * learned
 */
export function checkedOptimizer(optimizer: Optimizer): Optimizer {
  const kind: string = optimizer.kind;
  if (kind !== "adamw" && kind !== "sgd") throw invalid("kind", kind, "Use adamW() or sgd().");
  if (optimizer.kind === "adamw") checkOptionNames("adamW", optimizer, adamWNames);
  else checkOptionNames("sgd", optimizer, sgdNames);
  if (optimizer.kind === "adamw") {
    const { betas } = optimizer;
    if (!Array.isArray(betas) || betas.length !== 2 || !betas.every(isDecay))
      throw invalid("betas", betas, "Give two numbers from 0 to below 1, such as [0.9, 0.999].");
    if (!(optimizer.epsilon > 0)) throw invalid("epsilon", optimizer.epsilon, "Give a number above 0, such as 1e-8.");
  } else if (!isDecay(optimizer.momentum)) {
    throw invalid("momentum", optimizer.momentum, "Give a number from 0 to below 1, such as 0.9.");
  }
  const { weightDecay } = optimizer;
  if (!(weightDecay >= 0 && Number.isFinite(weightDecay)))
    throw invalid("weightDecay", weightDecay, "Give a number from 0, such as 0.01.");
  return optimizer;
}

const isDecay = (value: number) => value >= 0 && value < 1;

function invalid(setting: string, value: unknown, remedy: string): SamlabError {
  const field = `optimizer.${setting}`;
  return new SamlabError("argument-invalid", `${field} cannot be ${show(value)}.`, { field, value, remedy });
}

/** Names of an optimizer's state vectors, each as long as the parameters. */
export function stateNames(optimizer: Optimizer): readonly string[] {
  return optimizer.kind === "adamw" ? ["first_moment", "second_moment"] : ["momentum"];
}

/**
 * Scalars that change with each step. They are computed in double precision outside the graph: 1 − 0.999 in float32 is
 * off by 6e-5.
 */
export function stepScalars(optimizer: Optimizer, step: number, learningRate: number): Record<string, number> {
  if (optimizer.kind === "sgd") return { step_size: learningRate };
  const [first, second] = optimizer.betas;
  return {
    step_size: learningRate / (1 - first ** step),
    second_scale: 1 / Math.sqrt(1 - second ** step),
    decay: 1 - learningRate * optimizer.weightDecay,
  };
}

export interface Update {
  readonly parameters: Value;
  /** In the order of {@link stateNames}. */
  readonly state: readonly Value[];
}

/**
 * One step of the optimizer, elementwise over all parameters as one vector.
 * @param scalars inputs by the names of {@link stepScalars}
 */
export function buildUpdate(
  b: GraphBuilder,
  optimizer: Optimizer,
  parameters: Value,
  gradient: Value,
  state: readonly Value[],
  scalars: Readonly<Record<string, Value>>,
): Update {
  if (optimizer.kind === "sgd") {
    const { momentum, weightDecay } = optimizer;
    const slope = weightDecay > 0 ? add(b, gradient, mul(b, parameters, weightDecay)) : gradient;
    const velocity = add(b, mul(b, state[0], momentum), slope);
    return { parameters: sub(b, parameters, mul(b, velocity, scalars.step_size)), state: [velocity] };
  }
  const [beta1, beta2] = optimizer.betas;
  const first = add(b, mul(b, state[0], beta1), mul(b, gradient, 1 - beta1));
  const second = add(b, mul(b, state[1], beta2), mul(b, mul(b, gradient, gradient), 1 - beta2));
  const spread = add(b, mul(b, b.op("Sqrt", [second]), scalars.second_scale), optimizer.epsilon);
  const moved = sub(b, mul(b, parameters, scalars.decay), mul(b, div(b, first, spread), scalars.step_size));
  return { parameters: moved, state: [first, second] };
}

/**
 * The global norm of a gradient, and the factor that scales it to a norm of at most `limit` (PyTorch's
 * `clip_grad_norm_`); no factor without a limit.
 */
export function clipByNorm(
  b: GraphBuilder,
  gradient: readonly Value[],
  limit: number | null,
): { norm: Value; factor: Value | null } {
  const squares = gradient.map((value) => squareSum(b, value));
  const all = b.reduceSum(b.op("Concat", squares, { axis: 0 }), [0]);
  const norm = b.reshape(b.op("Sqrt", [all]), []);
  if (limit === null) return { norm, factor: null };
  if (!(limit > 0)) {
    throw new SamlabError("argument-invalid", `The gradient cannot be clipped to ${limit}.`, {
      field: "clip",
      value: limit,
      remedy: "Give a number above 0, or leave clip out.",
    });
  }
  return { norm, factor: b.op("Min", [b.scalar(1), div(b, b.scalar(limit), add(b, norm, 1e-6))]) };
}

/**
 * [1], row by row: ONNX Runtime adds one after the other, and float32 loses 0.5 % over a hundred million values.
 */
function squareSum(b: GraphBuilder, value: Value): Value {
  const last = value.dims.length - 1;
  const square = mul(b, value, value);
  const rows = last > 0 ? b.reduceSum(square, [last]) : square;
  return b.reshape(
    b.reduceSum(
      rows,
      rows.dims.map((_, axis) => axis),
    ),
    [1],
  );
}
