import { readFileSync } from "node:fs";
import { messageOf, SamlabError } from "../src/core/errors.js";
import { offerDebugging } from "./debugger/hook.js";
import { createEngine } from "./engine/engine.js";
import { followScopes } from "./execute/follow.js";
import { runningChildren } from "./execute/scope-things.js";
import { Kernel } from "./kernel.js";
import { defineGlobals } from "./stdin/public.js";
import { parseConnection } from "./wire/connection.js";
import { kernelInfo } from "./wire/kernel-info.js";
import { offerTermination } from "./wire/termination.js";
import { warn } from "./wire/warn.js";
import { startWire } from "./wire/wire.js";

// Entry point of the kernelspec: node main.js <connection file>.

function readConnection(file: string | undefined) {
  try {
    if (file === undefined) {
      throw new SamlabError("argument-invalid", "it needs one argument, the path of a connection file.", {
        field: "connection file",
        remedy: "Let Jupyter start it: run `samlab kernel install`, and choose the kernel in JupyterLab.",
      });
    }
    return parseConnection(readFileSync(file, "utf8"));
  } catch (error) {
    warn(messageOf(error));
    process.exit(2);
  }
}

// The compiler starts in its own thread while another opens the sockets.
const engine = createEngine(process.cwd());

const wire = startWire(readConnection(process.argv[2]), kernelInfo(), {
  request: (request) => kernel.handle(request),
  interrupt: () => kernel.interrupt(),
  exit: (code) => {
    kernel.leave();
    const work = code === 0 ? kernel.workLast() : undefined;
    if (work) void work.finally(() => process.exit(code));
    else process.exit(code);
  },
});
const kernel = new Kernel(wire, () => engine);
followScopes({
  waiting: (isWaiting) => wire.waitForChild(isWaiting ? runningChildren() : undefined),
  isInterruptComing: () => wire.isInterruptComing(),
});
offerTermination({ condemn: () => void kernel.condemn(), prepare: (late) => kernel.prepareTermination(late) });
offerDebugging(engine);
kernel.install();
defineGlobals();
// A server started in a terminal passes Ctrl-C on.
process.on("SIGINT", () => kernel.interrupt());
