/** The process of a {@link QuietSession}: one graph, run on the CPU whenever nobody else wants it. */

import { constants, setPriority } from "node:os";
import ort from "onnxruntime-node";
import { messageOf } from "../core/errors.js";
import { runGraph, sessionOptions } from "./graph-run.js";
import type { ReplyMessage } from "./messages.js";
import type { QuietRequest } from "./quiet-session.js";

ort.env.logLevel = "fatal";
setPriority(constants.priority.PRIORITY_LOW);
// An interrupt is meant for the kernel, whose process group this one is in.
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
