import type { Inspection } from "../engine/protocol.js";

const QUESTION = /^\s*([\p{ID_Start}_$][\p{ID_Continue}$.]*)\?\s*$/u;

/** The name in a help request like `Math.max?`; undefined for a code cell. */
export function questionedName(code: string): string | undefined {
  return QUESTION.exec(code)?.[1];
}

/** The execute_reply payload that makes a front end show a text in its pager. */
export function pagePayload({ text, markdown }: Inspection): object {
  return { source: "page", data: { "text/plain": text, "text/markdown": markdown }, start: 0 };
}
