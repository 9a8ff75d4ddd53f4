import { isAbsolute, join } from "node:path";
import { pythonEnvironment } from "./environment.js";
import { checkPort } from "./port.js";
import { runInTerminal } from "./program.js";
import { say } from "./steps.js";

export interface ServeOptions {
  readonly notebook: string;
  readonly browser: boolean;
  /** A specific port; otherwise the first free one from 8888 on. */
  readonly port: number | undefined;
}

/** Runs JupyterLab on the project, opened at a notebook, until it is stopped. */
export async function serve(root: string, { notebook, browser, port }: ServeOptions): Promise<number> {
  if (port !== undefined) await checkPort(port);
  const lab = pythonEnvironment(root).bin("jupyter");
  const target = isAbsolute(notebook) ? notebook : join(root, notebook);
  const args = ["lab", target, `--ServerApp.root_dir=${root}`];
  if (!browser) args.push("--no-browser");
  if (port !== undefined) args.push(`--port=${port}`, "--ServerApp.port_retries=0");
  // Containers and CI run as root, which Jupyter refuses by default.
  if (process.getuid?.() === 0) args.push("--allow-root");
  say(`Starting JupyterLab on ${notebook} (stop it with Ctrl-C twice)`);
  return runInTerminal(lab, args, { cwd: root });
}
