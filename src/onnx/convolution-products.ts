import { GraphBuilder } from "./builder.js";
import type { Graph, GraphNode, Value } from "./graph.js";
import { GraphLinks } from "./links.js";
import { withoutUnused } from "./prune.js";

/** A 3×3 convolution between tokens: what it reads and writes as [rows, channels]. */
interface TokenConvolution {
  readonly tokens: Value;
  readonly output: Value;
  /** The nodes between it and `output`, which nothing else reads. */
  readonly after: readonly GraphNode[];
}

/**
 * A graph in which 3×3 convolutions between tokens are matrix products, and pairs of 1×1 convolutions are one where
 * that is less work. Both are exact up to the rounding of float32. In float32 the products are no faster; on 8-bit
 * integers they are.
 *
 * - A 3×3 convolution with stride 1 and padding 1 that stands between tokens → picture and picture → tokens: each
 *   token's row becomes the nine rows around it.
 * - A 1×1 convolution that widens, right before another one: W₁(W₂x + b₂) + b₁ = (W₁W₂)x + (W₁b₂ + b₁).
 */
export function withConvolutionProducts(graph: Graph): Graph {
  const links = new GraphLinks(graph);
  const b = GraphBuilder.revise(graph);
  const replaced = new Set<GraphNode>();
  for (const node of graph.nodes) {
    if (replaced.has(node)) continue;
    const between = tokenConvolution(node, links);
    const first = between ? null : widening(node, links);
    if (between) {
      for (const each of between.after) replaced.add(each);
      neighborProduct(b, node, between);
    } else if (first) joinedConvolution(b, node, first);
    else b.keep(node);
  }
  return withoutUnused(b.build());
}

function tokenConvolution(node: GraphNode, links: GraphLinks): TokenConvolution | null {
  const { op, inputs, outputs } = node;
  const [x, weight] = inputs;
  if (op !== "Conv" || !x || !weight || !hasAttributes(node, { kernel: 3, pad: 1 })) return null;
  const [picture, rows, tokens] = links.chainBefore(x, ["Reshape", "Transpose", "Reshape"]);
  const after = links.chainAfter(outputs[0]!, ["Reshape", "Transpose", "Reshape"]);
  const [, turned, output] = after;
  if (!picture || !rows || !tokens || !turned || !output) return null;
  const [, channels, height, width] = x.dims as number[];
  const count = height * width;
  const isTurned = [rows, turned].every(({ attributes }) => String(attributes.perm) === "0,2,1");
  const source = tokens.inputs[0]!;
  const result = output.outputs[0]!;
  const fits = (value: Value, columns: unknown) => String(value.dims) === String([count, columns]);
  if (!isTurned || !fits(source, channels) || !fits(result, weight.dims[0])) return null;
  return { tokens: source, output: result, after };
}

function hasAttributes({ attributes }: GraphNode, { kernel, pad }: { kernel: number; pad: number }): boolean {
  const { kernel_shape: shape, strides, pads, group } = attributes;
  return String([shape, strides, pads, group]) === String([kernel, kernel, 1, 1, pad, pad, pad, pad, 1]);
}

/** The product of `node`, a convolution, over the rows around each token. */
function neighborProduct(b: GraphBuilder, node: GraphNode, { tokens, output }: TokenConvolution): void {
  const [picture, weight, bias = null] = node.inputs;
  const [, channels, height, width] = picture!.dims as number[];
  const outputs = weight!.dims[0] as number;
  const zeros = b.constant(new Float32Array(channels), [1, channels]);
  const padded = b.op("Concat", [tokens, zeros], { axis: 0 });
  const indices = Int32Array.from({ length: height * width * 9 }, (_, n) => {
    const place = Math.floor(n / 9);
    const y = Math.floor(place / width) + Math.floor((n % 9) / 3) - 1;
    const x = (place % width) + (n % 3) - 1;
    return y >= 0 && y < height && x >= 0 && x < width ? y * width + x : height * width;
  });
  const gathered = b.op("Gather", [padded, b.constant(indices, [indices.length])], { axis: 0 });
  const rows = b.reshape(gathered, [height * width, 9 * channels]);
  const byPlace = b.reshape(b.transpose(weight!, [0, 2, 3, 1]), [outputs, 9 * channels]);
  const inputs = bias ? [rows, byPlace, bias] : [rows, byPlace];
  b.keep({ op: "Gemm", domain: "", inputs, outputs: [output], attributes: { transB: 1 } });
}

/** The 1×1 convolution before a 1×1 convolution, if it has fewer inputs than outputs. */
function widening(node: GraphNode, links: GraphLinks): GraphNode | null {
  const isPointwise = (other: GraphNode) => other.op === "Conv" && hasAttributes(other, { kernel: 1, pad: 0 });
  const first = isPointwise(node) ? links.producer(node.inputs[0]!) : null;
  if (!first || !isPointwise(first)) return null;
  const [outputs, inputs] = first.inputs[1]!.dims as number[];
  return inputs < outputs ? first : null;
}

function joinedConvolution(b: GraphBuilder, node: GraphNode, first: GraphNode): void {
  const [, weight, bias = null] = node.inputs;
  const [x, inner, innerBias = null] = first.inputs;
  const [outputs, middle] = weight!.dims as number[];
  const inputs = inner!.dims[1] as number;
  const flat = b.reshape(weight!, [outputs, middle]);
  const joined = b.reshape(b.op("MatMul", [flat, b.reshape(inner!, [middle, inputs])]), [outputs, inputs, 1, 1]);
  const through = innerBias && b.reshape(b.op("MatMul", [flat, b.reshape(innerBias, [middle, 1])]), [outputs]);
  const sum = through && bias ? b.op("Add", [through, bias]) : (through ?? bias);
  b.keep({ ...node, inputs: sum ? [x!, joined, sum] : [x!, joined] });
}
