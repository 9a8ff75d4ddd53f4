import type { Debugger } from "node:inspector";
import { fileURLToPath } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { isKernelCode, isNodeCode } from "../code-origin.js";
import { withoutRuntimeNames } from "../engine/runtime-names.js";
import { type Inspector, resultOf } from "./inspector.js";
import { HOOK } from "./protocol.js";
import type { Sources, UserScript } from "./sources.js";
import type { VariableStore } from "./variables.js";

/** Parameters of the wrapper around a cell's code, besides names that users cannot have. */
const SURROUNDINGS = new Set(["require", "__filename", "__dirname", "arguments"]);
const INNER = new Set(["local", "block", "catch", "with", "closure"]);

/** A stack frame of a stop that is shown to the user. */
export interface Frame {
  readonly id: number;
  readonly call: Debugger.CallFrame;
  /** Undefined for a frame of a package. */
  readonly script: UserScript | undefined;
  readonly shown: DebugProtocol.StackFrame;
}

/** The names available to code in a frame. */
export interface FrameNames {
  /** User names that are ordinary variables in the compiled code. */
  readonly locals: ReadonlySet<string>;
  /** Notebook variables of the cell, or module variables, accessible to the compiled code. */
  readonly shared: ReadonlySet<string>;
}

/** The path of a script of Node or a package. */
export function scriptPath(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}

/** The frames of a stop, without those of the kernel and of Node. */
export function readFrames(
  calls: readonly Debugger.CallFrame[],
  sources: Sources,
  urls: ReadonlyMap<string, string>,
): Frame[] {
  return calls.flatMap((call, n): Frame[] => {
    const { location, functionName } = call;
    const { lineNumber, columnNumber = 0, scriptId } = location;
    const url = urls.get(scriptId) ?? call.url;
    const script = sources.script(scriptId);
    const id = n + 1;
    if (script) {
      const place = script.placeOf({ line: lineNumber, column: columnNumber });
      if (!place) return [];
      const { label } = script.code;
      const source = { name: label, path: script.path };
      return [{ id, call, script, shown: { id, name: frameName(functionName) || label, source, ...place } }];
    }
    if (isNodeCode(url) || isKernelCode(url)) return [];
    const path = scriptPath(url);
    const source = { name: path.split("/").at(-1)!, path };
    const name = functionName || "(anonymous)";
    const line = { line: lineNumber + 1, column: columnNumber + 1 };
    return [{ id, call, script, shown: { id, name, source, ...line, presentationHint: "subtle" } }];
  });
}

function frameName(name: string): string {
  return withoutRuntimeNames(name).replace(/^ˑ+(\w+)\.ˑ$/, "$1");
}

/** The variables of frames. */
export class FrameVariables {
  readonly #inspector: Inspector;
  readonly #store: VariableStore;

  constructor(inspector: Inspector, store: VariableStore) {
    this.#inspector = inspector;
    this.#store = store;
  }

  scopes(frame: Frame): DebugProtocol.Scope[] {
    const add = (name: string, children: () => Promise<DebugProtocol.Variable[]>, hint: string, expensive = false) => {
      return { name, variablesReference: this.#store.add("stop", children), expensive, presentationHint: hint };
    };
    return [add("Locals", () => this.#locals(frame), "locals"), add("Globals", () => this.notebook("stop"), "globals")];
  }

  /** The variables of the notebook. */
  async notebook(group: "stop" | "look"): Promise<DebugProtocol.Variable[]> {
    const answer = await this.#inspector.post("Runtime.evaluate", {
      expression: `${HOOK}.values()`,
      objectGroup: group,
      silent: true,
    });
    return this.#store.named(resultOf(answer).objectId!, group);
  }

  async names(frame: Frame): Promise<FrameNames> {
    const locals = new Set<string>();
    const shared = new Set<string>();
    for (const { object, isWrapper } of innerScopes(frame)) {
      const { result } = await this.#inspector.post("Runtime.getProperties", {
        objectId: object.objectId!,
        ownProperties: true,
      });
      for (const { name } of result) {
        if (isShared(name)) shared.add(name.slice(1));
        else if (!name.startsWith("ˑ") && !(isWrapper && SURROUNDINGS.has(name))) locals.add(name);
      }
    }
    return { locals, shared };
  }

  /** Inner names hide outer ones. Top-level names of a cell or module are shown if its own code has stopped. */
  async #locals(frame: Frame): Promise<DebugProtocol.Variable[]> {
    const found = new Map<string, DebugProtocol.Variable>();
    const { this: self } = frame.call;
    for (const { object, isWrapper } of innerScopes(frame)) {
      const accept = (name: string) =>
        !name.startsWith("ˑ") && name !== "arguments" && !(isWrapper && SURROUNDINGS.has(name)) && !found.has(name);
      for (const each of await this.#store.named(object.objectId!, "stop", accept)) found.set(each.name, each);
    }
    const [first] = frame.call.scopeChain.filter(({ type }) => type === "local");
    if (frame.script && first && isWrapperScope(first, frame.script)) {
      const { shared } = await this.names(frame);
      for (const each of await this.#shared(frame, [...shared])) if (!found.has(each.name)) found.set(each.name, each);
    } else if (self.type === "object" && self.subtype !== "null" && self.className !== "global") {
      found.set("this", this.#store.variable("this", self, "stop"));
    }
    return [...found.values()];
  }

  async #shared(frame: Frame, names: readonly string[]): Promise<DebugProtocol.Variable[]> {
    const takes = names.map((name) => `if (ˑ${name}.isSet) try { all[${JSON.stringify(name)}] = ˑ${name}.ˑ } catch {}`);
    const answer = await this.#inspector.post("Debugger.evaluateOnCallFrame", {
      callFrameId: frame.call.callFrameId,
      expression: `(() => { const all = Object.create(null); ${takes.join("; ")}; return all; })()`,
      objectGroup: "stop",
      silent: true,
    });
    return this.#store.named(resultOf(answer).objectId!, "stop");
  }
}

function isShared(name: string): boolean {
  return name.startsWith("ˑ") && !name.startsWith("ˑˑ") && name.length > 1;
}

/** True for the scope of the wrapper function of a cell or module, which starts before the user's text. */
function isWrapperScope({ startLocation }: Debugger.Scope, script: UserScript): boolean {
  return startLocation !== undefined && startLocation.lineNumber < script.code.prefixLines;
}

function innerScopes({ call, script }: Frame): { object: { objectId?: string | undefined }; isWrapper: boolean }[] {
  return call.scopeChain.flatMap((scope) => {
    if (!INNER.has(scope.type) || scope.object.objectId === undefined) return [];
    return [{ object: scope.object, isWrapper: script !== undefined && isWrapperScope(scope, script) }];
  });
}
