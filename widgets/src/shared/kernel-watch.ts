/** The part of JupyterLab's signals used here. */
interface Signal<Args> {
  connect(slot: (sender: unknown, args: Args) => void): boolean;
  disconnect(slot: (sender: unknown, args: Args) => void): boolean;
}

/** The part of JupyterLab's `IKernelConnection` used here. */
interface KernelConnection {
  readonly isDisposed: boolean;
  readonly status: string;
  readonly statusChanged: Signal<string>;
  readonly connectionStatus: string;
  readonly connectionStatusChanged: Signal<string>;
  readonly disposed: Signal<void>;
}

/** After these, the kernel's widgets are gone, even if a new kernel replaces it. */
const final = new Set(["dead", "terminating", "restarting", "autorestarting"]);

/**
 * Tracks whether the kernel of a widget manager is connected. The manager itself notices only a restart by the user,
 * not a shutdown, a crash or a lost connection, and the widget would wait forever. Managers that expose no kernel count
 * as connected.
 */
export class KernelWatch {
  readonly #kernel: KernelConnection | null;
  #gone = false;

  /** `onChange` is called when {@link connected} may have changed, until the signal aborts. */
  constructor(manager: unknown, onChange: () => void, signal: AbortSignal) {
    const { kernel } = manager as { kernel?: KernelConnection | null };
    this.#kernel = kernel ?? null;
    if (!kernel) return;
    const onStatus = (_: unknown, status: string) => {
      this.#gone ||= final.has(status);
      onChange();
    };
    const onOther = () => onChange();
    kernel.statusChanged.connect(onStatus);
    kernel.connectionStatusChanged.connect(onOther);
    kernel.disposed.connect(onOther);
    signal.addEventListener("abort", () => {
      kernel.statusChanged.disconnect(onStatus);
      kernel.connectionStatusChanged.disconnect(onOther);
      kernel.disposed.disconnect(onOther);
    });
  }

  /** True while a connection is made, at first or again after it was lost. */
  get connecting(): boolean {
    return this.#kernel?.connectionStatus === "connecting";
  }

  get connected(): boolean {
    const kernel = this.#kernel;
    return !kernel || !(this.#gone || kernel.isDisposed || kernel.connectionStatus === "disconnected");
  }
}
