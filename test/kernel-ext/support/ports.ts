import { createServer } from "node:net";

/** A port of this machine that is taken until it is closed. */
export function listening(): Promise<{ port: number; close(): Promise<void> }> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      resolve({ port, close: () => new Promise((done) => server.close(() => done())) });
    });
  });
}

/** Ports that are free now. */
export async function freePorts(count: number): Promise<number[]> {
  const taken = await Promise.all(Array.from({ length: count }, listening));
  await Promise.all(taken.map(({ close }) => close()));
  return taken.map(({ port }) => port);
}
