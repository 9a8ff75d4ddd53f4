import { createServer } from "node:net";
import { SamlabError } from "../../src/core/errors.js";

/**
 * Checks that a port can be listened on.
 * @throws {SamlabError} `environment` if it is in use or not permitted, `argument-invalid` if it is not a valid port
 */
export async function checkPort(port: number): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new SamlabError("argument-invalid", `--port ${port} is not a port number.`, { field: "port", value: port });
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
