import type { Runtime } from "node:inspector";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { SamlabError } from "../../src/core/errors.js";
import type { Inspector } from "./inspector.js";
import { typeText, valueText } from "./value-text.js";

/** Arrays with more elements are shown in ranges. */
const MAX_ELEMENTS = 100;

type Variable = DebugProtocol.Variable;

/** Lifetime of objects: those of a stop are released when the code continues. */
export type ObjectLifetime = "stop" | "look";

/** Node's types lack private properties. */
type Properties = Runtime.GetPropertiesReturnType & {
  readonly privateProperties?: readonly { readonly name: string; readonly value?: Runtime.RemoteObject }[];
};

interface Reference {
  readonly group: ObjectLifetime;
  children(): Promise<Variable[]>;
}

/** Values that front ends can expand, by reference number. */
export class VariableStore {
  readonly #inspector: Inspector;
  readonly #references = new Map<number, Reference>();
  #last = 0;
  /** JupyterLab shows a variable's type instead of its value, unless the type is a Python type. */
  showsTypes = true;

  constructor(inspector: Inspector) {
    this.#inspector = inspector;
  }

  /** Releases the values of a group, also in the main thread. */
  release(group: ObjectLifetime): void {
    for (const [id, reference] of this.#references) if (reference.group === group) this.#references.delete(id);
    this.#inspector.post("Runtime.releaseObjectGroup", { objectGroup: group }).catch(() => {});
  }

  /** @throws {SamlabError} `state-order` if the code has continued since the number was issued */
  async children(reference: number): Promise<Variable[]> {
    const found = this.#references.get(reference);
    if (!found) {
      throw new SamlabError("state-order", "This value is not there any more: the code has gone on.", {
        field: "variablesReference",
        value: reference,
        remedy: "Open the variable again.",
      });
    }
    return found.children();
  }

  /** A reference number for children that are created on request. */
  add(group: ObjectLifetime, children: () => Promise<Variable[]>): number {
    const id = ++this.#last;
    this.#references.set(id, { group, children });
    return id;
  }

  variable(name: string, value: Runtime.RemoteObject, group: ObjectLifetime): Variable {
    const { type, ...described } = this.described(value, group);
    return { name, ...described, ...(this.showsTypes ? { type } : {}) };
  }

  described(value: Runtime.RemoteObject, group: ObjectLifetime): Omit<Variable, "name"> {
    const { objectId } = value;
    const hasChildren = objectId !== undefined && value.type !== "symbol";
    return {
      value: valueText(value),
      type: typeText(value),
      variablesReference: hasChildren ? this.add(group, () => this.#childrenOf(value, objectId, group)) : 0,
    };
  }

  /** Properties of an object that only holds variables by name. */
  async named(
    objectId: string,
    group: ObjectLifetime,
    accept: (name: string) => boolean = () => true,
  ): Promise<Variable[]> {
    const { result } = await this.#properties(objectId);
    return result.flatMap(({ name, value }) => (value && accept(name) ? [this.variable(name, value, group)] : []));
  }

  #properties(objectId: string): Promise<Properties> {
    return this.#inspector.post("Runtime.getProperties", { objectId, ownProperties: true, generatePreview: true });
  }

  async #childrenOf(value: Runtime.RemoteObject, objectId: string, group: ObjectLifetime): Promise<Variable[]> {
    const length = lengthOf(value);
    if (length !== undefined && length > MAX_ELEMENTS) return this.#ranges(objectId, 0, length, group);
    const { result, internalProperties = [], privateProperties = [] } = await this.#properties(objectId);
    const isArray = length !== undefined;
    const own = result.flatMap((property): Variable[] => {
      const { name, value: held, get, symbol, enumerable } = property;
      if (isArray && name === "length" && !symbol) return [];
      if (value.type === "function" && !enumerable) return [];
      if (held) return [this.variable(name, held, group)];
      return get && get.type !== "undefined" ? [this.#getter(objectId, name, group)] : [];
    });
    const hidden = privateProperties.flatMap(({ name, value: held }) =>
      held ? [this.variable(name, held, group)] : [],
    );
    const internal = internalProperties.flatMap(({ name, value: held }) =>
      held && SHOWN_INTERNALS.has(name)
        ? [this.variable(name.replace(/^\[\[|\]\]$/g, "").toLowerCase(), held, group)]
        : [],
    );
    return [...own, ...hidden, ...internal];
  }

  /** A getter is user code: it is called only when the user expands it. */
  #getter(objectId: string, name: string, group: ObjectLifetime): Variable {
    const call = async () => {
      const { result } = await this.#inspector.post("Runtime.callFunctionOn", {
        objectId,
        functionDeclaration: "function (name) { return this[name]; }",
        arguments: [{ value: name }],
        objectGroup: group,
        generatePreview: true,
        silent: true,
      });
      return [this.variable("value", result, group)];
    };
    return { name, value: "(getter)", variablesReference: this.add(group, call) };
  }

  /** Splits into at most a hundred ranges or elements. */
  async #ranges(objectId: string, start: number, end: number, group: ObjectLifetime): Promise<Variable[]> {
    if (end - start <= MAX_ELEMENTS) return this.#elements(objectId, start, end, group);
    let size = MAX_ELEMENTS;
    while ((end - start) / size > MAX_ELEMENTS) size *= MAX_ELEMENTS;
    const ranges: Variable[] = [];
    for (let from = start; from < end; from += size) {
      const to = Math.min(from + size, end);
      const variablesReference = this.add(group, () => this.#ranges(objectId, from, to, group));
      ranges.push({ name: `[${from} … ${to - 1}]`, value: "", variablesReference });
    }
    return ranges;
  }

  async #elements(objectId: string, start: number, end: number, group: ObjectLifetime): Promise<Variable[]> {
    const { result } = await this.#inspector.post("Runtime.callFunctionOn", {
      objectId,
      functionDeclaration: TAKE_ELEMENTS,
      arguments: [{ value: start }, { value: end }],
      objectGroup: group,
      silent: true,
    });
    return this.named(result.objectId!, group);
  }
}

const TAKE_ELEMENTS = `function (start, end) {
  const part = Object.create(null);
  for (let n = start; n < end; n++) if (n in this) part[n] = this[n];
  return part;
}`;

/** Internal slots that are useful to the user. */
const SHOWN_INTERNALS = new Set(["[[Entries]]", "[[PromiseState]]", "[[PromiseResult]]", "[[PrimitiveValue]]"]);

/** The number of elements of an array, which the inspector includes in its description: `Float32Array(512)`. */
function lengthOf({ subtype, description }: Runtime.RemoteObject): number | undefined {
  if (subtype !== "array" && subtype !== "typedarray") return undefined;
  const match = /\((\d+)\)$/.exec(description ?? "");
  return match ? Number(match[1]) : undefined;
}
