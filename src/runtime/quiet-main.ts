/** The process of a {@link QuietSession}: runs one graph on the CPU at the lowest priority. */

import { constants, setPriority } from "node:os";
import ort from "onnxruntime-node";
import { messageOf } from "../core/errors.js";
import { runGraph, sessionOptions } from "./graph-run.js";
import type { ReplyMessage } from "./messages.js";
import type { QuietRequest } from "./quiet-session.js";

ort.env.logLevel = "fatal";
setPriority(constants.priority.PRIORITY_LOW);
// An interrupt signal is sent to the whole process group but meant for the kernel.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit());

let session: Promise<ort.InferenceSession> | undefined;

process.on("message", async ({ id, path, threads, feeds }: QuietRequest) => {
  let message: ReplyMessage;
  try {
    session ??= ort.InferenceSession.create(path, sessionOptions({ provider: "CPU", threads, planMemory: true }));
    message = { id, reply: await runGraph(await session, feeds) };
  } catch (error) {
    message = { id, error: messageOf(error) };
  }
  process.send?.(message);
});
