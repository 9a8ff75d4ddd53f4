import { bytesView } from "../core/dtype.js";
import { SamlabError } from "../core/errors.js";
import {
  type Attribute,
  type Constant,
  type Dims,
  type Graph,
  type GraphNode,
  isGraph,
  onnxTypes,
  type Value,
} from "./graph.js";
import { ProtoWriter } from "./protobuf.js";

/** ONNX opset 20 (Gelu, ReduceMean with axes as input) and ONNX Runtime's own operators. */
const opsets = [
  ["", 20],
  ["com.microsoft", 1],
] as const;
const irVersion = 9;

/** protobuf's limit; above it the weights go to a separate file. */
const largestMessage = 2 ** 31 - 1;

/** Weights beyond this many bytes are better kept in a second file, well before the message's limit. */
const inlineLimit = 1.5e9;

/** Constants this long or longer may be stored outside the model. */
const externalFrom = 1024;

/** A model ready to be written: `model` is the ONNX file, `external` its weights file where there is one. */
export interface SerializedModel {
  readonly model: Uint8Array;
  readonly external: { readonly name: string; readonly pieces: readonly Uint8Array[] } | null;
}

export interface SerializeOptions {
  /** Stores the weights in a second file of this name, required for models above 2 GB. */
  readonly externalName?: string;
  /** ModelProto.metadata_props: what a reader of the file should know. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly producerVersion?: string;
}

/** Whether a graph's weights fit in the model file; otherwise use an external file. */
export function weightsInline(graph: Graph): boolean {
  return weightBytesOf(graph) <= inlineLimit;
}

function weightBytesOf(graph: Graph): number {
  return graph.constants.reduce((sum, constant) => sum + constant.data.byteLength, 0);
}

/**
 * Writes a graph as an ONNX model (onnx.proto, IR version 9).
 * @throws {SamlabError} `graph-invalid` when it is larger than protobuf allows and no external file was named
 */
export function serializeModel(graph: Graph, options: SerializeOptions = {}): SerializedModel {
  const external = options.externalName === undefined ? null : new ExternalData(options.externalName);
  const weightBytes = weightBytesOf(graph);
  if (!external && weightBytes >= largestMessage) {
    throw new SamlabError(
      "graph-invalid",
      `${graph.name} has ${weightBytes} bytes of weights, more than one ONNX file holds.`,
      {
        remedy: "Name an external weights file.",
      },
    );
  }
  const writer = new ProtoWriter().int(1, irVersion).text(2, "samlab");
  if (options.producerVersion !== undefined) writer.text(3, options.producerVersion);
  writer.message(7, (inner) => writeGraph(inner, graph, external));
  for (const [domain, version] of opsets) {
    writer.message(8, (inner) => {
      inner.text(1, domain).int(2, version);
    });
  }
  for (const [key, value] of Object.entries(options.metadata ?? {})) {
    writer.message(14, (inner) => {
      inner.text(1, key).text(2, value);
    });
  }
  return { model: writer.finish(), external: external && { name: external.name, pieces: external.pieces } };
}

/** Lays constants end to end in a second file, each on a page border so that the runtime can map it. */
class ExternalData {
  readonly pieces: Uint8Array[] = [];
  readonly name: string;
  #offset = 0;

  constructor(name: string) {
    this.name = name;
  }

  add(bytes: Uint8Array): number {
    const aligned = Math.ceil(this.#offset / 4096) * 4096;
    if (aligned > this.#offset) this.pieces.push(new Uint8Array(aligned - this.#offset));
    this.pieces.push(bytes);
    this.#offset = aligned + bytes.byteLength;
    return aligned;
  }
}

function writeGraph(writer: ProtoWriter, graph: Graph, external: ExternalData | null): void {
  for (const node of graph.nodes) writer.message(1, (inner) => writeNode(inner, node));
  writer.text(2, graph.name);
  for (const constant of graph.constants) writer.message(5, (inner) => writeTensor(inner, constant, external));
  for (const value of graph.inputs) writer.message(11, (inner) => writeValueInfo(inner, value));
  for (const value of graph.outputs) writer.message(12, (inner) => writeValueInfo(inner, value));
}

function writeNode(writer: ProtoWriter, node: GraphNode): void {
  for (const input of node.inputs) writer.text(1, input?.name ?? "");
  for (const output of node.outputs) writer.text(2, output.name);
  writer.text(3, node.outputs[0].name).text(4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    writer.message(5, (inner) => writeAttribute(inner.text(1, name), attribute));
  }
  if (node.domain) writer.text(7, node.domain);
}

/**
 * AttributeProto: value fields f = 2, i = 3, s = 4, g = 6, ints = 8; type = 20 (FLOAT 1, INT 2, STRING 3, GRAPH 5, INTS
 * 7).
 */
function writeAttribute(writer: ProtoWriter, attribute: Attribute): void {
  if (typeof attribute === "number") writer.int(3, attribute).int(20, 2);
  else if (typeof attribute === "string") writer.text(4, attribute).int(20, 3);
  else if (isGraph(attribute)) writer.message(6, (inner) => writeGraph(inner, attribute, null)).int(20, 5);
  else if ("float" in attribute) writer.float(2, attribute.float).int(20, 1);
  else {
    for (const value of attribute) writer.int(8, value);
    writer.int(20, 7);
  }
}

/**
 * TensorProto: dims = 1, data_type = 2, name = 8, raw_data = 9, external_data = 13, data_location = 14 (EXTERNAL 1).
 */
function writeTensor(writer: ProtoWriter, { value, data }: Constant, external: ExternalData | null): void {
  for (const dim of value.dims) writer.int(1, dim as number);
  writer.int(2, onnxTypes[value.type]).text(8, value.name);
  const bytes = bytesView(data);
  if (!external || bytes.byteLength < externalFrom) {
    writer.bytes(9, bytes);
    return;
  }
  const entries = { location: external.name, offset: String(external.add(bytes)), length: String(bytes.byteLength) };
  for (const [key, text] of Object.entries(entries)) {
    writer.message(13, (inner) => {
      inner.text(1, key).text(2, text);
    });
  }
  writer.int(14, 1);
}

function writeValueInfo(writer: ProtoWriter, value: Value): void {
  writer.text(1, value.name).message(2, (type) => {
    type.message(1, (tensor) => {
      tensor.int(1, onnxTypes[value.type]).message(2, (shape) => writeDims(shape, value.dims));
    });
  });
}

function writeDims(writer: ProtoWriter, dims: Dims): void {
  for (const dim of dims) {
    writer.message(1, (inner) => {
      if (typeof dim === "number") inner.int(1, dim);
      else inner.text(2, dim);
    });
  }
}
