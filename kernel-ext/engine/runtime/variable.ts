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
  /** While a cell runs that declares the variable anew, and has not reached the declaration: the value before. */
  #before: { readonly value: unknown } | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  get ˑ(): unknown {
    const value = this.#value;
    return value === UNSET ? this.#readElsewhere() : value;
  }

  set ˑ(value: unknown) {
    this.#value = value;
    // The old value may be large.
    this.#before = undefined;
  }

  get isSet(): boolean {
    if (this.#value !== UNSET || this.#read !== undefined) return true;
    return this.#before !== undefined && this.#before.value !== UNSET;
  }

  /** Begins a cell that declares the variable, which has its old value until then. */
  redeclare(): void {
    this.#before = { value: this.#value };
    this.#value = UNSET;
  }

  /** Ends that cell. @returns false if the declaration was not reached: the variable is as before */
  settle(): boolean {
    if (!this.#before) return true;
    this.#value = this.#before.value;
    this.#before = undefined;
    return false;
  }

  /** Binds the variable to an export of a module. */
  bind(read: () => unknown): void {
    this.#value = UNSET;
    this.#before = undefined;
    this.#read = read;
  }

  #readElsewhere(): unknown {
    if (this.#before && this.#before.value !== UNSET) return this.#before.value;
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

  /** Begins a cell that declares these names. */
  redeclare(names: readonly string[]): void {
    for (const name of names) this.get(name).redeclare();
  }

  /** Ends that cell. @returns the names whose declarations it has not reached */
  settle(names: readonly string[]): string[] {
    return names.filter((name) => !this.get(name).settle());
  }

  /** The names of the variables that have a value. */
  *names(): Generator<string> {
    for (const [name, variable] of this.#variables) if (variable.isSet) yield name;
  }
}
