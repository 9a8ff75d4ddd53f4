import type { BufferPath, SplitState } from "./buffers.js";
import type { Comm, CommHost, JsonObject } from "./comm.js";

/** A live widget, as a page that loads needs it. */
export interface LiveWidget {
  readonly id: string;
  readonly module: string;
  readonly moduleVersion: string;
  readonly modelName: string;
  fullState(): SplitState;
  /** A page that was loaded again has asked for the state. */
  pageLoaded(): void;
}

const CONTROL = "jupyter.widget.control";

/** The live widgets of each kernel. There is one kernel per process, and one for each test that makes its own host. */
const registries = new WeakMap<CommHost, Map<string, LiveWidget>>();

/**
 * The live widgets of `host`, by id. The first call also answers the control comm, through which a page that is loaded again asks
 * for all of them at once; without an answer it would wait for seconds and then ask for each alone.
 */
export function widgetRegistry(host: CommHost): Map<string, LiveWidget> {
  const known = registries.get(host);
  if (known) return known;
  const widgets = new Map<string, LiveWidget>();
  registries.set(host, widgets);
  host.onTarget(CONTROL, (comm) => {
    comm.onMessage(({ data }) => {
      if (data.method === "request_states") sendStates(comm, widgets);
    });
  });
  return widgets;
}

function sendStates(comm: Comm, widgets: ReadonlyMap<string, LiveWidget>): void {
  const states: { [id: string]: JsonObject } = {};
  const bufferPaths: BufferPath[] = [];
  const buffers: Uint8Array[] = [];
  for (const widget of widgets.values()) {
    const split = widget.fullState();
    widget.pageLoaded();
    states[widget.id] = {
      model_name: widget.modelName,
      model_module: widget.module,
      model_module_version: widget.moduleVersion,
      state: split.state,
    };
    // Paths lead through the message, as in ipywidgets, where the published schema leaves "state" out.
    bufferPaths.push(...split.bufferPaths.map((path) => [widget.id, "state", ...path]));
    buffers.push(...split.buffers);
  }
  comm.send({ method: "update_states", states, buffer_paths: bufferPaths }, { buffers });
}
