import { readFileSync } from "node:fs";
import { join } from "node:path";
import { kernelContext } from "./context.js";
import { connectTslabDisplay } from "./display/tslab-display.js";
import { Engine } from "./execute/engine.js";
import { followScopes } from "./execute/follow.js";
import { resolveSamlabTo } from "./execute/require-hook.js";
import { runningChildren } from "./execute/scope-things.js";
import { Kernel } from "./kernel.js";
import { samlabPackage } from "./package.js";
import { parseConnection } from "./wire/connection.js";
import { kernelInfo } from "./wire/kernel-info.js";
import { offerTermination } from "./wire/termination.js";
import { reason, warn } from "./wire/warn.js";
import { startWire } from "./wire/wire.js";

// The program of the kernelspec: node main.js <connection file>.

/** Long enough for a request that has been waiting to come first. */
const WARM_UP_MS = 50;

function readConnection(file: string | undefined) {
  try {
    if (file === undefined)
      throw new Error("it needs one argument, the path of a connection file. Jupyter starts it so.");
    return parseConnection(readFileSync(file, "utf8"));
  } catch (error) {
    warn(reason(error));
    process.exit(2);
  }
}

function createEngine(): Engine {
  resolveSamlabTo(join(samlabPackage.root, "dist", "kernel-ext", "notebook.js"), samlabPackage.root);
  const engine = new Engine(process.cwd());
  connectTslabDisplay((bundle, options) => kernelContext("tslab.display").display(bundle, options));
  return engine;
}

let asked = false;
let created: Engine | undefined;
const engine = () => {
  created ??= createEngine();
  return created;
};

const wire = startWire(readConnection(process.argv[2]), kernelInfo(), {
  request: (request) => {
    asked = true;
    kernel.handle(request);
  },
  interrupt: () => kernel.interrupt(),
  exit: (code) => process.exit(code),
});
const kernel = new Kernel(wire, engine);
followScopes({
  waiting: (isWaiting) => wire.waitForChild(isWaiting ? runningChildren() : undefined),
  isInterruptComing: () => wire.isInterruptComing(),
});
offerTermination((late) => kernel.prepareTermination(late));
kernel.install();
// A server that was started in a terminal passes its Ctrl-C on.
process.on("SIGINT", () => kernel.interrupt());
// The sockets are being opened on the other thread meanwhile; a request that comes now waits for the engine, not for them.
engine();
setTimeout(() => {
  if (!asked) engine().warmUp();
}, WARM_UP_MS);
