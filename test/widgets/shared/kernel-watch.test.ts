import { expect, it } from "vitest";
import { KernelWatch } from "../../../widgets/src/shared/kernel-watch.js";

/** As JupyterLab's signals. */
function signal<Args>() {
  const slots = new Set<(sender: unknown, args: Args) => void>();
  return {
    connect: (slot: (sender: unknown, args: Args) => void) => slots.size < slots.add(slot).size,
    disconnect: (slot: (sender: unknown, args: Args) => void) => slots.delete(slot),
    emit: (args: Args) => {
      for (const slot of slots) slot(null, args);
    },
  };
}

/** A kernel that has these comms; null: the connection is lost before it answers. */
function watched(comms: readonly string[] | null) {
  const [statusChanged, connectionStatusChanged, disposed] = [signal<string>(), signal<string>(), signal<void>()];
  const kernel = {
    isDisposed: false,
    status: "idle",
    connectionStatus: "connected",
    statusChanged,
    connectionStatusChanged,
    disposed,
    requestCommInfo: async () => {
      if (!comms) throw new Error("Canceled");
      return { content: { status: "ok", comms: Object.fromEntries(comms.map((id) => [id, {}])) } };
    },
  };
  const seen: boolean[] = [];
  const over = new AbortController();
  const watch: KernelWatch = new KernelWatch(
    { kernel },
    () => "own",
    () => seen.push(watch.connected),
    over.signal,
  );
  const reconnect = async () => {
    for (const status of ["connecting", "connected"]) {
      kernel.connectionStatus = status;
      connectionStatusChanged.emit(status);
    }
    await new Promise((done) => setTimeout(done));
  };
  return { kernel, watch, seen, over, reconnect };
}

it("finds out that a kernel that is connected again has not the widget any more", async () => {
  const { watch, seen, reconnect } = watched(["another"]);
  expect(watch.connected).toBe(true);
  await reconnect();
  expect([watch.connected, seen]).toEqual([false, [true, true, false]]);
});

it.each([
  ["has it still", ["another", "own"]],
  ["does not answer", null],
])("takes a kernel that %s for connected", async (_, comms) => {
  const { watch, seen, reconnect } = watched(comms);
  await reconnect();
  expect([watch.connected, seen]).toEqual([true, [true, true]]);
});

it("takes the kernel for gone once it was restarted, and hears nothing after its view", () => {
  const { kernel, watch, seen, over } = watched([]);
  for (const status of ["autorestarting", "idle"]) kernel.statusChanged.emit(status);
  expect([watch.connected, seen]).toEqual([false, [false, false]]);
  over.abort();
  kernel.statusChanged.emit("busy");
  expect(seen).toHaveLength(2);
});
