import { SamlabError, show } from "../../src/core/errors.js";
import { kernelContext } from "../context.js";
import type { Comm, CommHost, CommMessage, JsonObject } from "./comm.js";

/** What goes with the first message of a comm. */
export interface OpenCommOptions {
  /** JSON about the message. Default none. */
  readonly metadata?: JsonObject;
  /** Bytes that travel beside the data as they are. */
  readonly buffers?: readonly Uint8Array[];
}

/** Called with each comm that a front end opens, and the data it opened it with. */
export type CommHandler = (comm: Comm, open: CommMessage) => void;

/**
 * Opens a comm to the front end: a two-way channel for messages of one's own, beside those of cells. On the other side stands what has registered
 * itself under `target`, in JupyterLab by `kernel.registerCommTarget(target, …)` of an extension.
 *
 * @param data JSON
 * @example
 * const comm = openComm("my-plot", { title: "Dice" });
 * comm.onMessage(({ data, buffers }) => console.log(data, buffers.length));
 * comm.send({ points: 3 }, { buffers: [new Uint8Array(values.buffer)] });
 *
 * @throws {SamlabError} `argument-invalid` (the target), `environment` outside a samlab kernel
 */
export function openComm(target: string, data: JsonObject = {}, options: OpenCommOptions = {}): Comm {
  checkTarget(target);
  return kernelContext("openComm").comms.open(target, data, options);
}

/** The handlers of each kernel by target. */
const handlers = new WeakMap<CommHost, Map<string, CommHandler>>();

/**
 * Answers comms that a front end opens with this target, from now on; a later call for the same target takes its place. Without one the kernel closes
 * them at once. What a handler prints stands under the last cell.
 *
 * @returns ends that; comms that are open stay so
 * @example
 * onComm("my-plot", (comm, { data }) => comm.onMessage(() => comm.send({ ready: true })));
 *
 * @throws {SamlabError} `argument-invalid` (the target), `environment` outside a samlab kernel
 */
export function onComm(target: string, handler: CommHandler): () => void {
  checkTarget(target);
  const { comms } = kernelContext("onComm");
  const known = handlers.get(comms) ?? new Map<string, CommHandler>();
  handlers.set(comms, known);
  known.set(target, handler);
  comms.onTarget(target, (comm, open) => {
    const current = known.get(target);
    if (current) current(comm, open);
    else comm.close();
  });
  return () => {
    if (known.get(target) === handler) known.delete(target);
  };
}

/** Those of ipywidgets carry the widgets. */
function checkTarget(target: string): void {
  if (typeof target === "string" && target !== "" && !/^jupyter\.widget(?:\.|$)/.test(target)) return;
  throw new SamlabError("argument-invalid", `${show(target)} cannot be the target of a comm.`, {
    field: "target",
    value: target,
    remedy: "Use a name of your own, such as my-plot; jupyter.widget belongs to the widgets.",
  });
}
