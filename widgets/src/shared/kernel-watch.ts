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
  requestCommInfo(content: { readonly target_name: string }): Promise<{ readonly content: CommInfo }>;
}

interface CommInfo {
  readonly status: string;
  /** By comm id. */
  readonly comms?: { readonly [id: string]: unknown };
}

/** After these, the kernel's widgets are gone, even if a new kernel replaces it. */
const final = new Set(["dead", "terminating", "restarting", "autorestarting"]);

/**
 * Tracks whether the kernel of a widget manager is connected and has the widget. The manager itself notices only a
 * restart by the user, not a shutdown, a crash or a lost connection, nor what has happened while the connection was
 * lost, and the widget would wait forever. Managers that expose no kernel count as connected.
 */
export class KernelWatch {
  readonly #kernel: KernelConnection | null;
  #gone = false;

  /**
   * `onChange` is called when {@link connected} may have changed, until the signal aborts. `commId`: the widget's comm.
   */
  constructor(manager: unknown, commId: () => string | undefined, onChange: () => void, signal: AbortSignal) {
    const { kernel } = manager as { kernel?: KernelConnection | null };
    this.#kernel = kernel ?? null;
    if (!kernel) return;
    const onStatus = (_: unknown, status: string) => {
      this.#gone ||= final.has(status);
      onChange();
    };
    const onConnection = (_: unknown, status: string) => {
      if (status === "connected") void this.#ask(kernel, commId(), onChange);
      onChange();
    };
    const onOther = () => onChange();
    kernel.statusChanged.connect(onStatus);
    kernel.connectionStatusChanged.connect(onConnection);
    kernel.disposed.connect(onOther);
    signal.addEventListener("abort", () => {
      kernel.statusChanged.disconnect(onStatus);
      kernel.connectionStatusChanged.disconnect(onConnection);
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

  /** Asks a kernel that is connected again for the widget: it may be a new one, or have closed the widget. */
  async #ask(kernel: KernelConnection, commId: string | undefined, onChange: () => void): Promise<void> {
    if (commId === undefined) return;
    try {
      const { content } = await kernel.requestCommInfo({ target_name: "jupyter.widget" });
      if (!content.comms || commId in content.comms) return;
      this.#gone = true;
      onChange();
    } catch {
      // The connection is lost again: the next one asks.
    }
  }
}
