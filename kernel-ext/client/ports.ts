import { createServer, type Server } from "node:net";
import { messageOf } from "../../src/core/errors.js";

const ATTEMPTS = 3;

/** In the words of samlab's kernel, of Node, of Python and other C programs, and of Jupyter's server. */
const PORT_TAKEN =
  /is in use by another program|EADDRINUSE|address already in use|port \d+ is (?:already in use|not available)/i;

/**
 * Starts something on ports that are free. Another program can take a port between its choice and the start: if `start`
 * fails with an error that says so, it is called again with other ports, three times in all.
 */
export async function onFreePorts<T>(count: number, start: (ports: readonly number[]) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePorts(count));
    } catch (error) {
      if (attempt === ATTEMPTS || !PORT_TAKEN.test(messageOf(error))) throw error;
    }
  }
}

/** Asks the system for different ports that are free now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Server>((resolve, reject) => {
          const server = createServer();
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
