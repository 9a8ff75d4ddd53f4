const COMMENT = /^\s*\/\*\*\s*@module\s+([\w./-]+?)(\.tsx?|\.[mc]ts)?(?=\s|\*\/)/;
const OTHER_ENDING = /\.(?:d|[mc]?[jt]sx?|json|node)$/;
/** Names of the engine's own files, and of none. */
const NO_NAME = /(?:^|\/)(?:__\w+__|\.*)$/;

/** The module that a cell defines: its file, relative to the notebook's folder, or why there can be none. */
export type CellModule = { readonly file: string } | { readonly refusal: string };

/** Reads the `@module` comment of a cell; undefined if it has none. */
export function cellModule(code: string): CellModule | undefined {
  const [, name, ending = ""] = COMMENT.exec(code) ?? [];
  if (name === undefined) return undefined;
  const refused = `A cell cannot be the module ${name}${ending}.`;
  if (OTHER_ENDING.test(name)) {
    return { refusal: `${refused} Name it without an ending, or with one of .ts, .tsx, .mts, and .cts.` };
  }
  if (NO_NAME.test(name)) return { refusal: `${refused} Give it a name such as shapes.` };
  return { file: name + (ending || ".ts") };
}
