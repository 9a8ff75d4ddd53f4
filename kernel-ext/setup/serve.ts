import { createServer } from "node:net";
import { relative, resolve, sep } from "node:path";
import { SamlabError } from "../../src/core/errors.js";
import { pythonEnvironment } from "./environment.js";
import { runInTerminal } from "./program.js";
import { say } from "./steps.js";

export interface ServeOptions {
  readonly notebook: string;
  readonly browser: boolean;
  /** A specific port; otherwise the first free one from 8888 on. */
  readonly port: number | undefined;
}

/** Runs JupyterLab on the project, opened at a notebook, until it is stopped. Check a specific port before. */
export async function serve(root: string, { notebook, browser, port }: ServeOptions): Promise<number> {
  const lab = pythonEnvironment(root).bin("jupyter");
  const target = resolve(root, notebook);
  const args = ["lab", target, `--ServerApp.root_dir=${root}`];
  // The addresses that Jupyter prints would else open its launcher.
  const parts = relative(root, target).split(sep);
  if (parts[0] !== "..") args.push(`--LabApp.default_url=/lab/tree/${parts.map(encodeURIComponent).join("/")}`);
  if (!browser) args.push("--no-browser");
  if (port !== undefined) args.push(`--port=${port}`, "--ServerApp.port_retries=0");
  // Containers and CI run as root, which Jupyter refuses by default.
  if (process.getuid?.() === 0) args.push("--allow-root");
  say(`Starting JupyterLab on ${notebook} (stop it with Ctrl-C twice)`);
  return runInTerminal(lab, args, { cwd: root });
}

/**
 * Checks that a port can be listened on.
 * @throws {SamlabError} `environment` if it is in use or not permitted, `argument-invalid` if it is not a valid port
 */
export async function checkPort(port: number): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new SamlabError("argument-invalid", `--port ${port} is not a port number.`, {
      field: "port",
      value: port,
      remedy: "Give a whole number from 1 to 65535.",
    });
  }
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.on("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "is in use" : `cannot be used (${error.code})`;
      reject(
        new SamlabError("environment", `Port ${port} ${why}.`, {
          field: "port",
          value: port,
          remedy: "Choose another with --port, or leave it out and the next free one is taken.",
        }),
      );
    });
    server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
  });
}
