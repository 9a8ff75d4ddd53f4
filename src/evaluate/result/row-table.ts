/** Fields of a table's row, by column. */
// biome-ignore lint/suspicious/noExplicitAny: a column's type depends on the verbs before.
export type TableFields = Readonly<Record<string, any>>;

/** A table expression of arquero: text such as `"d => mean(d.dice)"`, or a function, which may use no outer variables. */
export type TableExpression = string | ((d: TableFields) => unknown);

/** Columns by name, number, or one of arquero's selection helpers; an object gives new columns, or new names. */
export type TableColumns = string | number | object;

/**
 * The rows of an evaluation as an arquero table. These are the verbs on one table; joins, samples, and the others are
 * there too, with their types where arquero is installed: `result.table as ColumnTable`.
 */
export interface RowTable {
  /** Number of rows. */
  numRows(): number;
  /** Number of columns. */
  numCols(): number;
  /** Names of the columns. */
  columnNames(): string[];
  /** One value. */
  get(name: string, row?: number): unknown;
  /** The values of a column. */
  array(name: string): ArrayLike<unknown>;
  /** One row as an object. */
  object(row?: number): object;
  /** The rows as objects. */
  objects(): object[];
  /** Keeps the rows that an expression is true for. */
  filter(criteria: TableExpression): RowTable;
  /** Adds columns. */
  derive(values: Readonly<Record<string, TableExpression>>): RowTable;
  /** Groups the rows. */
  groupby(...keys: TableColumns[]): RowTable;
  /** Removes the groups. */
  ungroup(): RowTable;
  /** One row for each group, such as `{ n: "d => count()", dice: "d => mean(d.dice)" }`. */
  rollup(values?: Readonly<Record<string, TableExpression>>): RowTable;
  /** Counts the rows of each group. */
  count(): RowTable;
  /** Sorts by columns or expressions. */
  orderby(...keys: (TableColumns | TableExpression)[]): RowTable;
  /** Keeps columns. */
  select(...columns: TableColumns[]): RowTable;
  /** Renames columns. */
  rename(names: Readonly<Record<string, string>>): RowTable;
  /** Keeps rows by their place, in each group. */
  slice(start?: number, end?: number): RowTable;
  /** Keeps the first of rows that agree in these columns. */
  dedupe(...keys: TableColumns[]): RowTable;
  /** Turns columns into rows of key and value. */
  fold(columns: TableColumns | TableColumns[]): RowTable;
  /** Turns rows into columns, named by `keys`. */
  pivot(keys: TableColumns | TableColumns[], values: TableColumns | TableColumns[]): RowTable;
  /** Prints the first rows with `console.table`. */
  print(): RowTable;
  /** As CSV, one header line. */
  toCSV(): string;
  /** As an HTML table. */
  toHTML(): string;
  /** As a Markdown table. */
  toMarkdown(): string;
  /** As JSON, an array of the rows. */
  toJSON(): string;
  /** Apache Arrow IPC. */
  toArrowIPC(): Uint8Array;
}
