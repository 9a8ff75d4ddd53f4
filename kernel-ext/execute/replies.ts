import type { JsonObject } from "../comm/comm.js";
import type { Engine } from "../engine/engine.js";
import { codePointOffset, utf16Offset } from "./offsets.js";

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
