import { existsSync } from "node:fs";
import type { ModelToLoad } from "../evaluate/options.js";

/** `--adapter FILE` or `--adapter BASE=FILE`. If a file of the whole name exists, the `=` is part of its name. */
export function adaptedModel(text: string): ModelToLoad {
  const at = text.indexOf("=");
  if (at <= 0 || existsSync(text)) return { adapter: text };
  return { model: text.slice(0, at), adapter: text.slice(at + 1) };
}
