import type { JsonObject } from "../comm/comm.js";
import type { Engine } from "../engine/engine.js";

/** The code of a request and its cursor in UTF-16 units; without a cursor, the end of the code. */
function codeAndCursor({ code, cursor_pos: cursor }: JsonObject): { code: string; cursor: number } {
  const text = typeof code === "string" ? code : "";
  return { code: text, cursor: typeof cursor === "number" ? utf16Offset(text, cursor) : text.length };
}

/** Content of complete_reply for the content of a complete_request. */
export async function completeReply(engine: Pick<Engine, "complete">, request: JsonObject): Promise<object> {
  const { code, cursor } = codeAndCursor(request);
  const { matches, start, end } = await engine.complete(code, cursor);
  const from = codePointOffset(code, start);
  const to = codePointOffset(code, end);
  return {
    status: "ok",
    matches: matches.map((match) => match.text),
    cursor_start: from,
    cursor_end: to,
    metadata: {
      // Not in the protocol, but JupyterLab shows the kinds next to the names.
      _jupyter_types_experimental: matches.map(({ text, kind }) => ({ text, type: kind, start: from, end: to })),
    },
  };
}

/** Content of inspect_reply for the content of an inspect_request. */
export async function inspectReply(engine: Pick<Engine, "inspect">, request: JsonObject): Promise<object> {
  const { code, cursor } = codeAndCursor(request);
  const found = await engine.inspect(code, cursor);
  const data = found ? { "text/plain": found.text, "text/markdown": found.markdown } : {};
  return { status: "ok", found: found !== null, data, metadata: {} };
}

// Jupyter counts text in Unicode code points, JavaScript in UTF-16 units.

/** The UTF-16 offset of a code point index; clamped to the text. */
export function utf16Offset(text: string, codePoints: number): number {
  let offset = 0;
  for (let n = 0; n < codePoints && offset < text.length; n++) offset += text.codePointAt(offset)! > 0xffff ? 2 : 1;
  return offset;
}

/** The number of code points before a UTF-16 offset. */
export function codePointOffset(text: string, utf16: number): number {
  let count = 0;
  for (let offset = 0; offset < utf16 && offset < text.length; count++)
    offset += text.codePointAt(offset)! > 0xffff ? 2 : 1;
  return count;
}
