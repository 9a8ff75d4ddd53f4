/**
 * Names by which compiled code accesses the engine. All contain a character that users do not type, so that they cannot
 * clash with user names and can be removed from messages. User variables start with one such character, helpers with
 * two.
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
  /** Returns its first argument: `ˑˑv(await x, ˑˑdead() && await ˑˑnever())` stops here if the cell was interrupted. */
  first: "ˑˑv",
  dead: "ˑˑdead",
  never: "ˑˑnever",
  /** Wraps a promise callback so that it is not called after an interrupt. */
  callback: "ˑˑb",
} as const;

/** The compiled name of a notebook variable: `thr` is `ˑthr.ˑ`. */
export function variableIn(name: string): string {
  return `ˑ${name}`;
}

/** A V8 message with the user's names: `ˑthr.ˑ is not a function` → `thr is not a function`. */
export function withoutRuntimeNames(message: string): string {
  if (!message.includes("ˑ")) return message;
  return message
    .replace(/\(0\s*,\s*ˑ([\p{ID_Continue}$]+?)\.ˑ\)/gu, "$1")
    .replace(/ˑ([\p{ID_Continue}$]+?)\.ˑ/gu, "$1");
}
