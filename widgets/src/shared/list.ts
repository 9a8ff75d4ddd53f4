/** A row that can be updated with its item. */
export interface Row<T> {
  readonly element: HTMLElement;
  update(item: T): void;
}

/** Keeps a container's rows in sync with a list. Rows are matched by key, so focus and half-typed text are kept. */
export class RowList<T> {
  readonly #container: HTMLElement;
  readonly #key: (item: T) => string | number;
  readonly #make: (item: T) => Row<T>;
  readonly #rows = new Map<string | number, Row<T>>();

  constructor(container: HTMLElement, key: (item: T) => string | number, make: (item: T) => Row<T>) {
    this.#container = container;
    this.#key = key;
    this.#make = make;
  }

  update(items: readonly T[]): void {
    const page = this.#container.getRootNode() as Document | ShadowRoot;
    const focused = page.activeElement instanceof HTMLElement ? page.activeElement : null;
    const keys = new Set(items.map(this.#key));
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue;
      row.element.remove();
      this.#rows.delete(key);
    }
    items.forEach((item, n) => {
      const key = this.#key(item);
      const row = this.#rows.get(key) ?? this.#make(item);
      this.#rows.set(key, row);
      row.update(item);
      const there = this.#container.children[n];
      if (there !== row.element) this.#container.insertBefore(row.element, there ?? null);
    });
    // Moving an element loses its focus.
    if (focused !== page.activeElement && focused && this.#container.contains(focused)) {
      focused.focus({ preventScroll: true });
    }
  }
}
