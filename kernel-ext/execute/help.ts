import type { Inspection } from "../engine/protocol.js";

const QUESTION = /^\s*([\p{ID_Start}_$][\p{ID_Continue}$.]*)\?\s*$/u;

/** The name that a cell like `Math.max?` asks about; undefined for a cell of code. */
export function questionedName(code: string): string | undefined {
  return QUESTION.exec(code)?.[1];
}

/** The payload of execute_reply that makes a front end show a text beside the outputs. */
export function pagePayload({ text, markdown }: Inspection): object {
  return { source: "page", data: { "text/plain": text, "text/markdown": markdown }, start: 0 };
}
