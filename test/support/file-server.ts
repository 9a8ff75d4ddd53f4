import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";

export type Handler = (request: IncomingMessage, response: ServerResponse, nth: number) => void;

/** Starts servers on this machine that end with the test. */
export function fileServers(): (handler: Handler) => Promise<{ url: string; requests: IncomingMessage[] }> {
  const running: ReturnType<typeof createServer>[] = [];
  afterEach(() => {
    for (const server of running.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  return async (handler) => {
    const requests: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      requests.push(request);
      handler(request, response, requests.length);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    running.push(server);
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
  };
}

/**
 * Answers like a file server, including ranges.
 * @param until ends the connection after that many bytes of the answer
 */
export function serve(bytes: Uint8Array, options: { etag?: string; until?: number; ranges?: boolean } = {}): Handler {
  const { etag, until, ranges = true } = options;
  return (request, response) => {
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
    const condition = request.headers["if-range"];
    const isRange = ranges && asked !== null && (condition === undefined || condition === etag);
    const start = isRange ? Number(asked[1]) : 0;
    const body = bytes.subarray(start);
    response.writeHead(isRange ? 206 : 200, {
      "content-length": body.length,
      ...(isRange ? { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
      ...(etag ? { etag } : {}),
    });
    if (until === undefined || until >= body.length) {
      response.end(body);
      return;
    }
    // Close the connection only after the client, which may be busy, had time to read; unread data would be lost.
    response.write(body.subarray(0, until), () => setTimeout(() => response.destroy(), 250));
  };
}
