import { parentPort, workerData } from "node:worker_threads";
import type { CompilerRequest, CompilerSetup } from "../protocol.js";
import { CompilerServer } from "./server.js";

// The compiler in a thread of the kernel, used if there is no snapshot.

const port = parentPort!;
const server = new CompilerServer(workerData as CompilerSetup);
port.on("message", (request: CompilerRequest) => port.postMessage(server.answer(request)));
