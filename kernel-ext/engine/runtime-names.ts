/**
 * The names under which compiled code finds the engine. All contain a letter that nobody types, so that they cannot meet a name of the user and can be
 * taken out of messages again. A variable of the user has one such letter in front, a helper two.
 */
export const RUNTIME = {
  /** Property of a notebook variable that holds its value. */
  value: "ˑ",
  /** The object of the cell or module: `result`, `hoist`. */
  cell: "ˑˑcell",
  /** `import()` */
  import: "ˑˑimport",
  /** `import.meta` */
  meta: "ˑˑmeta",
  /** Returns its first argument: `ˑˑv(await x, ˑˑdead() && await ˑˑnever())` stops here when the cell was interrupted. */
  first: "ˑˑv",
  dead: "ˑˑdead",
  never: "ˑˑnever",
  /** Wraps a callback of a promise so that it is not called after an interrupt. */
  callback: "ˑˑb",
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
