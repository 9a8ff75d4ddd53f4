import { parentPort, workerData } from "node:worker_threads";
import type { CompilerRequest, CompilerSetup } from "../protocol.js";
import { CompilerServer } from "./server.js";

// The compiler in a thread of the kernel, where there is no snapshot of it.

const port = parentPort!;
const server = new CompilerServer(workerData as CompilerSetup);
port.on("message", (request: CompilerRequest) => port.postMessage(server.answer(request)));
