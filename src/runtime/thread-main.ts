/**
 * The inference thread. onnxruntime-node runs synchronously on the thread that calls it, 0.6 s for an image encoder; on
 * a separate thread it does not block notebook cells or widgets.
 */

import { parentPort, workerData } from "node:worker_threads";
import ort from "onnxruntime-node";
import { messageOf } from "../core/errors.js";
import { ThreadActivity } from "./activity.js";
import { loadCuda } from "./cuda.js";
import { plain, sessionOptions, toOrt } from "./graph-run.js";
import type { Replies, ReplyMessage, RequestMessage, ThreadRequest } from "./messages.js";
import type { Feed, Feeds, Keep, RunTensor } from "./tensor.js";

if (!parentPort) throw new Error("thread-main runs as a worker thread only");
const port = parentPort;
const activity = new ThreadActivity(workerData as SharedArrayBuffer);

// Warnings about operators that stay on the CPU are not useful to users; errors arrive as exceptions.
ort.env.logLevel = "fatal";

const sessions = new Map<number, ort.InferenceSession>();
const held = new Map<number, ort.Tensor>();
let next = 1;

// In the order of the requests: ONNX Runtime starts a run in a later turn, so another one could overtake it.
let last = Promise.resolve();
port.on("message", (message: RequestMessage) => {
  last = last.then(() => activity.during(() => answer(message)));
});

async function answer({ id, request }: RequestMessage): Promise<void> {
  let message: ReplyMessage;
  let transfer: ArrayBuffer[] = [];
  try {
    const reply = await handle(request);
    message = { id, reply };
    if (reply && "outputs" in reply) transfer = transferable(Object.values(reply.outputs));
  } catch (error) {
    message = { id, error: messageOf(error) };
  }
  port.postMessage(message, transfer);
}

async function handle(request: ThreadRequest): Promise<Replies[keyof Replies]> {
  switch (request.kind) {
    case "create":
      return create(request);
    case "run":
      return run(request);
    case "runHeld": {
      const { results, milliseconds } = await inferred(request);
      for (const [name, place] of Object.entries(request.places)) held.set(place.held, results[name]);
      return { milliseconds };
    }
    case "release": {
      const session = sessions.get(request.session);
      sessions.delete(request.session);
      await session?.release();
      return null;
    }
    case "hold":
      held.set(request.held, toOrt(request.tensor));
      return null;
    case "read": {
      const tensor = await plain(heldTensor(request.held));
      // A copy: the tensor itself stays.
      return { outputs: { tensor: { ...tensor, data: tensor.data.slice() } as RunTensor } };
    }
    case "drop":
      held.delete(request.held);
      return null;
  }
}

async function create({ model, ...settings }: ThreadRequest & { kind: "create" }): Promise<Replies["create"]> {
  const problem = settings.provider === "CUDA" ? loadCuda() : "";
  if (problem) throw new Error(problem);
  const options = sessionOptions(settings);
  const session =
    "path" in model
      ? await ort.InferenceSession.create(model.path, options)
      : await ort.InferenceSession.create(model.bytes, options);
  sessions.set(next, session);
  return { session: next++, outputNames: session.outputNames };
}

async function run({ keep, ...request }: ThreadRequest & { kind: "run" }): Promise<Replies["run"]> {
  const { results, milliseconds } = await inferred(request);
  const outputs: Record<string, RunTensor> = {};
  for (const [name, tensor] of Object.entries(results)) {
    if (!keep?.outputs[name]) outputs[name] = await plain(tensor);
  }
  if (keep && isSound(keep, outputs)) {
    for (const [name, place] of Object.entries(keep.outputs)) held.set(place.held, results[name]);
  }
  return { outputs, milliseconds };
}

async function inferred({ session, feeds }: { readonly session: number; readonly feeds: Feeds }) {
  const inference = sessions.get(session);
  if (!inference) throw new Error("the session was released");
  const inputs: Record<string, ort.Tensor> = {};
  for (const [name, feed] of Object.entries(feeds)) inputs[name] = resolve(feed);
  const start = performance.now();
  const results = await inference.run(inputs);
  return { results, milliseconds: performance.now() - start };
}

function isSound({ onlyIfFinite }: Keep, outputs: Readonly<Record<string, RunTensor>>): boolean {
  return onlyIfFinite.every((name) => Number.isFinite(Number(outputs[name].data[0])));
}

function resolve(feed: Feed): ort.Tensor {
  return "held" in feed ? heldTensor(feed.held) : toOrt(feed);
}

function heldTensor(id: number): ort.Tensor {
  const tensor = held.get(id);
  if (!tensor) throw new Error("the held tensor was dropped");
  return tensor;
}

/** The buffers that may be transferred instead of copied: those that a tensor fills completely. */
function transferable(tensors: readonly RunTensor[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { data } of tensors) {
    if (data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength) buffers.add(data.buffer);
  }
  return [...buffers];
}
