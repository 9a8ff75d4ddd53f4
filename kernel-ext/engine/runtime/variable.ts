/** Value of an unassigned variable. */
const UNSET = Symbol("unset");

/**
 * A notebook variable. Compiled code reads and writes its property `ˑ` (see runtime-names.ts), so that every function
 * of every cell sees the current value, also after a later cell redeclares the name.
 */
export class Variable {
  readonly #name: string;
  #value: unknown = UNSET;
  /** For an imported name: reads the live binding. */
  #read: (() => unknown) | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  get ˑ(): unknown {
    const value = this.#value;
    return value === UNSET ? this.#readElsewhere() : value;
  }

  set ˑ(value: unknown) {
    this.#value = value;
  }

  get isSet(): boolean {
    return this.#value !== UNSET || this.#read !== undefined;
  }

  /** Binds the variable to an export of a module. */
  bind(read: () => unknown): void {
    this.#value = UNSET;
    this.#read = read;
  }

  #readElsewhere(): unknown {
    if (this.#read) return this.#read();
    throw new ReferenceError(`Cannot access '${this.#name}' before initialization`);
  }
}

/** The variables of a notebook, or of a module. */
export class Variables {
  readonly #variables = new Map<string, Variable>();

  /** The variable of this name, created on first access. */
  get(name: string): Variable {
    const known = this.#variables.get(name);
    if (known) return known;
    const variable = new Variable(name);
    this.#variables.set(name, variable);
    return variable;
  }

  /** The names of the variables that have a value. */
  *names(): Generator<string> {
    for (const [name, variable] of this.#variables) if (variable.isSet) yield name;
  }
}
