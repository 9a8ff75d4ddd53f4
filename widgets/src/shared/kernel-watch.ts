/** The part of JupyterLab's signals that is used here. */
interface Signal<Args> {
  connect(slot: (sender: unknown, args: Args) => void): boolean;
  disconnect(slot: (sender: unknown, args: Args) => void): boolean;
}

/** The part of JupyterLab's `IKernelConnection` that is used here. */
interface KernelConnection {
  readonly isDisposed: boolean;
  readonly status: string;
  readonly statusChanged: Signal<string>;
  readonly connectionStatus: string;
  readonly connectionStatusChanged: Signal<string>;
  readonly disposed: Signal<void>;
}

/** After these the kernel's widgets are no more, even if a new kernel takes its place. */
const final = new Set(["dead", "terminating", "restarting", "autorestarting"]);

/**
 * Whether the kernel of a widget manager is there. The manager itself notices only a restart asked for by the user, not a shutdown, a crash or a
 * lost connection, and would let the widget wait for ever. Managers that show no kernel count as connected.
 */
export class KernelWatch {
  readonly #kernel: KernelConnection | null;
  #gone = false;

  /** `onChange` is called when {@link connected} may have changed, until the signal is aborted. */
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

  get connected(): boolean {
    const kernel = this.#kernel;
    return !kernel || !(this.#gone || kernel.isDisposed || kernel.connectionStatus === "disconnected");
  }
}
