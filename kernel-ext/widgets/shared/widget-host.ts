import { detached } from "../../../src/core/ambient.js";
import { type Addressed, type FileMessage, isAddressed, type Parsed } from "../../../src/protocol/intent-checks.js";
import { widgetModule, widgetVersionRange } from "../../../src/protocol/version.js";
import type { CommHost, JsonObject } from "../../comm/comm.js";
import { WidgetModel } from "../../comm/widget-model.js";
import type { MimeBundle } from "../../context.js";
import { LivePicture } from "./live-picture.js";
import { WidgetOutputs } from "./widget-outputs.js";

/** Number of views whose acknowledgements are kept; page reloads leave stale ones behind. */
const viewsRemembered = 8;

/** Messages that one turn of the event loop sends at once. */
const mostPerTurn = 8;

/** Time between those that a longer turn, such as a cell that awaits nothing, sends then, in ms. */
const pauseInTurn = 50;

type Handled = { readonly [view: string]: number };

/** What a {@link WidgetHost} needs for one kind of widget. */
export interface WidgetParts<State extends { readonly handled: Handled }, Intent> {
  readonly modelName: string;
  readonly viewName: string;
  /** The current state. Byte arrays must be the same objects while their content is the same. */
  state(): Omit<State, "handled">;
  /** Checks a message from a view. */
  parse(content: JsonObject): Parsed<Intent>;
  /** Handles an intent. Must not throw for user errors: the state reports them. */
  handle(intent: Addressed<Intent>): void | Promise<void>;
  /** Shown where the widget cannot run. */
  still(): MimeBundle | Promise<MimeBundle>;
  /** Keys that are sent, but don't notify listeners or refresh the {@link still}. */
  readonly transient?: ReadonlySet<string>;
  /** Whether these changes are visible in {@link still}, so that it must be refreshed. Default: always. */
  isInStill?(changed: Partial<State>): boolean;
  /** How long the changes may wait to be sent together with later ones, in ms. Default: 0. */
  delay?(changed: Partial<State>, sent: State, now: State): number;
  /** Called when all outputs that showed the widget are replaced: what was started for them ends. */
  released?(): void;
  /** Called once, when the widget is closed from either side. */
  closed?(): void;
}

/**
 * The kernel side of a widget, apart from what it does: sends what has changed, answers each intent, tells listeners,
 * and keeps the still picture up to date. A widget gives its state and handles intents.
 *
 * When the outputs that showed it are replaced, its comm is closed, so that nothing but a variable holds it. Code that
 * has one goes on with it, and may show it again.
 */
export class WidgetHost<State extends { readonly handled: Handled }, Intent> {
  readonly #comms: CommHost;
  readonly #parts: WidgetParts<State, Intent>;
  readonly #outputs = new WidgetOutputs(() => this.#release());
  #model: WidgetModel<State>;
  #still: LivePicture;
  #phase: "open" | "released" | "closed" = "open";
  readonly #listeners = new Set<() => void>();
  #handled: Handled = {};
  #now: State;
  #sent: State;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Messages that this turn of the event loop had to send. */
  #sentInTurn = 0;
  #sentAt = 0;

  /** Opens the comm and sends the first state. */
  constructor(comms: CommHost, parts: WidgetParts<State, Intent>) {
    this.#comms = comms;
    this.#parts = parts;
    this.#now = this.#state();
    this.#sent = this.#now;
    this.#model = this.#open();
    this.#still = new LivePicture(this.#model, async () => parts.still());
    this.#outputs.add();
  }

  /** The state as of the last {@link changed}. */
  get now(): State {
    return this.#now;
  }

  /** Display id of the outputs that show the widget. */
  get displayId(): string {
    if (this.#phase === "released") this.#reopen();
    return this.#still.id;
  }

  /** The bundle that displays the widget. Its still picture is kept up to date from now on. */
  shown(): Promise<MimeBundle> {
    if (this.#phase === "released") this.#reopen();
    if (this.#phase === "open") this.#outputs.add();
    return this.#still.shown();
  }

  /** As {@link shown}, at once, with this content for places where the widget cannot run. */
  show(still: MimeBundle): MimeBundle {
    return this.#still.show(still);
  }

  /** Call when the state may have changed: sends what did, and notifies the listeners. */
  changed(): void {
    const next = this.#state();
    const changed = changedKeys(this.#now, next);
    if (Object.keys(changed).length === 0) return;
    this.#now = next;
    if (this.#phase === "closed") return;
    if (this.#phase === "open") this.#schedule(changed);
    const isShown = (key: string) => key !== "handled" && !this.#parts.transient?.has(key);
    if (!Object.keys(changed).some(isShown)) return;
    if (this.#parts.isInStill?.(changed) ?? true) this.#still.changed();
    // Deferred, so an error in a listener does not stop the widget's work.
    for (const listener of this.#listeners) void Promise.resolve().then(listener);
  }

  /** Calls `listener` after every change. Returns a function that unsubscribes. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sends a file to the view that asked for it. */
  sendFile(file: FileMessage, bytes: Uint8Array): void {
    this.#model.sendCustom({ ...file }, [bytes]);
  }

  /** Removes the widget from every page. Idempotent. */
  close(): void {
    if (this.#phase === "released") this.#end();
    else this.#model.close();
  }

  #open(): WidgetModel<State> {
    const { modelName, viewName } = this.#parts;
    const model = new WidgetModel<State>(this.#comms, {
      module: widgetModule,
      moduleVersion: widgetVersionRange,
      modelName,
      viewName,
      state: this.#sent,
    });
    model.onCustom((content) => this.#receive(content));
    // What was shown while a page was away is not in its notebook.
    model.onPageLoaded(() => this.#still.changed());
    model.onClose(() => {
      if (this.#phase === "open") this.#end();
    });
    return model;
  }

  #release(): void {
    this.#parts.released?.();
    this.#phase = "released";
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#still.end();
    this.#model.close();
  }

  #reopen(): void {
    this.#now = this.#state();
    this.#sent = this.#now;
    this.#model = this.#open();
    this.#still = new LivePicture(this.#model, async () => this.#parts.still());
    this.#phase = "open";
  }

  #end(): void {
    this.#phase = "closed";
    clearTimeout(this.#timer);
    this.#outputs.end();
    this.#still.end();
    this.#listeners.clear();
    this.#parts.closed?.();
  }

  #schedule(changed: Partial<State>): void {
    const delay = this.#parts.delay?.(changed, this.#sent, this.#now) ?? 0;
    if (delay > 0) this.#timer ??= detached(() => setTimeout(() => this.#send(), delay));
    else this.#sendNow();
  }

  #state(): State {
    return { ...this.#parts.state(), handled: this.#handled } as State;
  }

  async #receive(content: JsonObject): Promise<void> {
    if (content.kind === "seen") {
      if (this.#model.isReloaded) this.#still.changed();
      return;
    }
    if (isAddressed(content)) {
      const { view, seq } = content;
      // A view that lost its connection sends again what it does not know to be handled.
      if (seq <= (this.#handled[view] ?? 0)) return;
      this.#handled = withHandled(this.#handled, view, seq);
    }
    const parsed = this.#parts.parse(content);
    if (!parsed.ok) this.#model.sendCustom({ kind: "note", text: `The kernel ignored ${parsed.problem}.` });
    const done = parsed.ok ? this.#parts.handle(parsed.intent) : undefined;
    this.changed();
    await done;
  }

  /** Sends at once, or at the end of a turn of the event loop in which too much was sent: a page draws all of it. */
  #sendNow(): void {
    if (this.#sentInTurn === 0) detached(() => setImmediate(() => this.#endTurn()));
    this.#sentInTurn++;
    if (this.#sentInTurn <= mostPerTurn || performance.now() >= this.#sentAt + pauseInTurn) this.#send();
  }

  #endTurn(): void {
    const isMore = this.#sentInTurn > mostPerTurn;
    this.#sentInTurn = 0;
    if (isMore && this.#phase === "open") this.#send();
  }

  /** Sends all unsent changes in one message. */
  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sentAt = performance.now();
    const patch = changedKeys(this.#sent, this.#now);
    this.#sent = this.#now;
    if (Object.keys(patch).length > 0) this.#model.set(patch);
  }
}

/** Records that a view's intents are handled up to this number; drops the least recently seen views. */
function withHandled(handled: Handled, view: string, seq: number): Handled {
  const others = Object.entries(handled).filter(([other]) => other !== view);
  return { ...Object.fromEntries(others.slice(1 - viewsRemembered)), [view]: seq };
}

/**
 * Deep equality of plain values. Byte arrays are equal only if they are the same object: comparing contents would cost
 * more than it saves.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b)) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length && keys.every((key) => key in right && sameValue(left[key], right[key]))
  );
}

/** The top-level keys of `next` whose values differ from `previous`. */
export function changedKeys<S extends object>(previous: S, next: S): Partial<S> {
  const keys = (Object.keys(next) as (keyof S)[]).filter((key) => !sameValue(previous[key], next[key]));
  return Object.fromEntries(keys.map((key) => [key, next[key]])) as Partial<S>;
}
