import type ts from "typescript";
import { missingModuleRemedy } from "../missing-module.js";
import type { Finding } from "../protocol.js";
import { withoutRuntimeNames } from "../runtime-names.js";
import { CELL_FILE, type NotebookName } from "./cell-file.js";
import { moduleKindRemedy } from "./module-kind.js";
import type { Project } from "./project.js";

const CELL_TYPE = new RegExp(`(?:typeof )?import\\("[^"]*${CELL_FILE.source}"\\)\\.?`, "g");
const CELL_MODULE = new RegExp(`["'][^"']*${CELL_FILE.source}["']`, "g");

/** TypeScript's error for an import that it cannot resolve. */
export const MISSING_MODULE = 2307;
const ASSIGNED_IMPORT = 2632;
/** TypeScript's error for an assignment to each kind of name. */
const ASSIGNED: Readonly<Record<string, { code: number; what: string }>> = {
  const: { code: 2588, what: "a constant" },
  function: { code: 2630, what: "a function" },
  class: { code: 2629, what: "a class" },
  enum: { code: 2628, what: "an enum" },
  namespace: { code: 2631, what: "a namespace" },
};

/**
 * Converts compiler diagnostics to findings. `shownPath` returns the display name of a file other than the cell;
 * `names` are those of earlier cells.
 */
export function toFindings(
  diagnostics: readonly ts.Diagnostic[],
  shownPath: (file: string) => string | undefined,
  names: ReadonlyMap<string, NotebookName>,
  project: Pick<Project, "options" | "resolve">,
): Finding[] {
  return diagnostics.map((diagnostic) => {
    const { file, start = 0, length = 1, messageText, code } = diagnostic;
    const { line, character } = file ? file.getLineAndCharacterOfPosition(start) : { line: 0, character: 0 };
    const lineText = file?.text.split("\n", line + 1)[line]?.replace(/\r$/, "") ?? "";
    return {
      ...reworded({ code, messages: flatten(messageText, 0) }, names),
      file: file && shownPath(file.fileName),
      line: line + 1,
      column: character + 1,
      length: Math.max(1, Math.min(length, lineText.length - character)),
      lineText,
      remedy: remedyFor(diagnostic, project),
    };
  });
}

function remedyFor(diagnostic: ts.Diagnostic, project: Pick<Project, "options" | "resolve">): string | undefined {
  const { code, file, messageText } = diagnostic;
  if (code !== MISSING_MODULE || !file) return moduleKindRemedy(diagnostic);
  const specifier = /'([^']+)'/.exec(flatten(messageText, 0)[0]!.text)?.[1];
  if (specifier === undefined) return undefined;
  const isBeside = project.resolve(`./${specifier}`, file.fileName) !== undefined;
  return missingModuleRemedy(specifier, file.fileName, isBeside, project.options);
}

function flatten(message: string | ts.DiagnosticMessageChain, depth: number): Finding["messages"] {
  if (typeof message === "string") return [{ text: clean(message), depth }];
  const first = { text: clean(message.messageText), depth };
  return [first, ...(message.next ?? []).flatMap((next) => flatten(next, depth + 1))];
}

function clean(text: string): string {
  return withoutRuntimeNames(text).replace(CELL_TYPE, "").replace(CELL_MODULE, "an earlier cell");
}

/** Names of earlier cells are imported internally; messages should describe them as declared in that cell. */
function reworded(
  { code, messages }: Pick<Finding, "code" | "messages">,
  names: ReadonlyMap<string, NotebookName>,
): Pick<Finding, "code" | "messages"> {
  if (code !== ASSIGNED_IMPORT) return { code, messages };
  const name = /'([^']*)'/.exec(messages[0]!.text)?.[1] ?? "";
  const known = ASSIGNED[names.get(name)?.kind ?? ""];
  if (!known) return { code, messages };
  const text = `Cannot assign to '${name}' because it is ${known.what}.`;
  return { code: known.code, messages: [{ text, depth: 0 }, ...messages.slice(1)] };
}
