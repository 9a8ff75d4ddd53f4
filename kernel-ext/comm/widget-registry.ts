import type { BufferPath, SplitState } from "./buffers.js";
import type { Comm, CommHost, JsonObject } from "./comm.js";

/** A live widget, as needed by a page that loads. */
export interface LiveWidget {
  readonly id: string;
  readonly module: string;
  readonly moduleVersion: string;
  readonly modelName: string;
  fullState(): SplitState;
  /** Called when a reloaded page has requested the state. */
  pageLoaded(): void;
}

const CONTROL = "jupyter.widget.control";

/**
 * The live widgets of each kernel. There is one kernel per process, and one for each test that creates its own host.
 */
const registries = new WeakMap<CommHost, Map<string, LiveWidget>>();

/**
 * The live widgets of `host`, by id. The first call also registers the control comm, through which a reloaded page
 * requests all of them at once; without an answer it would wait for seconds and then request each one separately.
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
    // Paths start at the message, as in ipywidgets; the published schema omits "state".
    bufferPaths.push(...split.bufferPaths.map((path) => [widget.id, "state", ...path]));
    buffers.push(...split.buffers);
  }
  comm.send({ method: "update_states", states, buffer_paths: bufferPaths }, { buffers });
}
