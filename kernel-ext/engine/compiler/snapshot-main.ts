import { startupSnapshot } from "node:v8";
import type { CompilerRequest, CompilerSetup } from "../protocol.js";
import { CompilerServer } from "./server.js";

// The compiler in its own process, started from a snapshot with TypeScript loaded and the types of Node and the
// language read.

/** Idle time before the garbage of the last cells is collected. */
const REST_MS = 1_000;

const setup = JSON.parse(process.env.SAMLAB_SNAPSHOT_SETUP!) as CompilerSetup;
const first = new CompilerServer(setup);
for (let id = 0; id < 2; id++) first.answer({ id, kind: "warmUp" });
const files = first.packageFiles;

startupSnapshot.setDeserializeMainFunction(() => {
  let server: CompilerServer | undefined;
  let rest: NodeJS.Timeout | undefined;
  process.on("message", (message: CompilerRequest | CompilerSetup) => {
    if (!("kind" in message)) {
      server = new CompilerServer(message, files);
      return;
    }
    // A kernel that has ended needs no reply.
    process.send!(server!.answer(message), () => {});
    clearTimeout(rest);
    rest = setTimeout(() => globalThis.gc?.(), REST_MS);
  });
  process.on("disconnect", () => process.exit());
});
