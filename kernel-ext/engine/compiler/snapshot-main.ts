import { startupSnapshot } from "node:v8";
import type { CompilerRequest, CompilerSetup } from "../protocol.js";
import { CompilerServer } from "./server.js";

// The compiler in a process of its own that starts from a snapshot: TypeScript is loaded there, and the types of Node and of the language are read.

/** After so long without a question the garbage of the last cells is collected. */
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
    // A kernel that has ended needs no answer.
    process.send!(server!.answer(message), () => {});
    clearTimeout(rest);
    rest = setTimeout(() => globalThis.gc?.(), REST_MS);
  });
  process.on("disconnect", () => process.exit());
});
