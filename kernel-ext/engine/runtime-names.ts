/**
 * The names under which compiled code finds the engine. All contain a letter that nobody types, so that they cannot meet a name of the user and can be
 * taken out of messages again.
 */
export const RUNTIME = {
  /** Property of a notebook variable that holds its value. */
  value: "ˑ",
  /** The object of the cell or module: `result`, `hoist`. */
  cell: "ˑcell",
  /** `import()` */
  import: "ˑimport",
  /** `import.meta` */
  meta: "ˑmeta",
  /** Returns its first argument: `ˑv(await x, ˑdead() && await ˑnever())` stops here when the cell was interrupted. */
  first: "ˑv",
  dead: "ˑdead",
  never: "ˑnever",
  /** Wraps a callback of a promise so that it is not called after an interrupt. */
  callback: "ˑb",
} as const;

/** The name under which compiled code finds a variable of the notebook: `thr` is `ˑthr.ˑ`. */
export function variableIn(name: string): string {
  return `ˑ${name}`;
}

/** A message of V8 with the user's names: `ˑthr.ˑ is not a function` → `thr is not a function`. */
export function withoutRuntimeNames(message: string): string {
  if (!message.includes("ˑ")) return message;
  return message
    .replace(/\(0\s*,\s*ˑ([\p{ID_Continue}$]+?)\.ˑ\)/gu, "$1")
    .replace(/ˑ([\p{ID_Continue}$]+?)\.ˑ/gu, "$1");
}
