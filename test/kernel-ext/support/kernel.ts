import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import type { ExecuteResult } from "../../../kernel-ext/client/client.js";
import { KernelClient, type LaunchOptions } from "../../../kernel-ext/client/client.js";
import { kernelSpec } from "../../../kernel-ext/kernelspec.js";
import type { Message } from "../../../kernel-ext/wire/message.js";
import { built } from "../../support/built.js";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

/** Starts the compiled kernel. */
export const kernelArgv = kernelSpec(process.execPath, built("kernel-ext", "main.js")).argv;

export async function startKernel(options: LaunchOptions = {}): Promise<KernelClient> {
  return await KernelClient.launch(kernelArgv, options);
}

/** A cell that shows a small comparison on the axial slice 1, called `compared`. */
export const comparedMasks = `import { compareMasks, emptyMask, Volume } from "samlab";
const volume = new Volume({
  data: new Uint8Array(256),
  size: [8, 8, 4],
  affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  window: { low: 0, high: 255, name: "all" },
  source: "small",
});
const compared = compareMasks(volume, { a: emptyMask(volume) }, { slice: 1 });
compared`;

/** What a cell wrote to one stream. */
export function written({ outputs }: ExecuteResult, name = "stdout"): string {
  return outputs.map((output) => (output.output_type === "stream" && output.name === name ? output.text : "")).join("");
}

/** The text of the result of a cell. */
export function result({ outputs }: ExecuteResult): unknown {
  const output = outputs.find(({ output_type }) => output_type === "execute_result");
  return output && "data" in output ? output.data["text/plain"] : undefined;
}

/** The error of a cell, with the traceback as one text without colors. */
export function failure({ outputs }: ExecuteResult): { ename: string; evalue: string; traceback: string } | undefined {
  const output = outputs.find((candidate) => candidate.output_type === "error");
  if (output?.output_type !== "error") return undefined;
  const { ename, evalue, traceback } = output;
  return { ename, evalue, traceback: stripVTControlCharacters(traceback.join("\n")) };
}

/** Every message of the kernel from now on. */
export function recordMessages(kernel: KernelClient): Message[] {
  const messages: Message[] = [];
  kernel.onMessage((_, message) => messages.push(message));
  return messages;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
