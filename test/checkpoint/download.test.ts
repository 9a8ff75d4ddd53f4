import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type DownloadOptions, download } from "../../src/checkpoint/download.js";
import { uniform } from "../support/drawn.js";
import { fileServers, serve } from "../support/file-server.js";
import { temporaryFolders } from "../support/temporary.js";

const folder = temporaryFolders();
const start = fileServers();

const bytes = Uint8Array.from(uniform("a file", 300_000), (value) => Math.floor(128 + 128 * value));
const sha256 = createHash("sha256").update(bytes).digest("hex");
const known: DownloadOptions = { sha256, bytes: bytes.length };

async function target(): Promise<{ path: string; here: string }> {
  const here = await folder();
  return { path: join(here, "weights", "model.pth"), here };
}

async function expectWhole(path: string): Promise<void> {
  expect(
    createHash("sha256")
      .update(await readFile(path))
      .digest("hex"),
  ).toBe(sha256);
  expect(await readdir(join(path, ".."))).toEqual(["model.pth"]);
}

describe("download", () => {
  it("follows two redirects and reports progress", async () => {
    const { path } = await target();
    const { url } = await start((request, response, nth) => {
      if (nth > 2) return serve(bytes)(request, response, nth);
      response.writeHead(nth === 1 ? 302 : 307, { location: `/again/${nth}` }).end();
    });
    const told: (number | null)[][] = [];
    expect(await download(`${url}/file`, path, { ...known, onProgress: (...step) => told.push(step) })).toBe(sha256);
    expect(told.at(-1)).toEqual([bytes.length, bytes.length]);
    await expectWhole(path);
  });

  it.each([
    ["with an etag", '"one"', known],
    ["without one, by the known hash", undefined, known],
    ["with an etag, where no hash is known", '"one"', { sha256: null, bytes: null }],
  ])("goes on where a connection broke off, %s", async (_name, etag, options) => {
    const { path } = await target();
    const { url, requests } = await start((request, response, nth) =>
      serve(bytes, { ...(etag ? { etag } : {}), ...(nth < 3 ? { until: 100_000 } : {}) })(request, response, nth),
    );
    const retries: string[] = [];
    expect(await download(url, path, { ...options, onRetry: (why) => retries.push(why) })).toBe(sha256);
    expect(retries).toHaveLength(2);
    expect(requests.map(({ headers }) => headers.range)).toEqual([undefined, "bytes=100000-", "bytes=200000-"]);
    await expectWhole(path);
  });

  it("waits for another download of the same file, and takes its result", async () => {
    const { path } = await target();
    const { url, requests } = await start((request, response, nth) =>
      setTimeout(() => serve(bytes)(request, response, nth), 200),
    );
    const notes: string[] = [];
    const options = { ...known, onWait: (note: string) => notes.push(note) };
    const hashes = await Promise.all([1, 2, 3].map(() => download(url, path, options)));
    expect(hashes).toEqual([sha256, sha256, sha256]);
    expect(requests).toHaveLength(1);
    expect(notes[0]).toMatch(/^Waiting: .*model\.pth\.part is being written by another run of this process/);
    await expectWhole(path);
  });

  it("begins again where the server takes no ranges, or has another file by now", async () => {
    const plain = await target();
    const whole = await start((request, response, nth) =>
      serve(bytes, { ranges: false, ...(nth === 1 ? { until: 50_000 } : {}) })(request, response, nth),
    );
    expect(await download(whole.url, plain.path, known)).toBe(sha256);
    await expectWhole(plain.path);

    const changed = await target();
    const old = bytes.map((byte) => byte ^ 1);
    const other = await start((request, response, nth) =>
      (nth === 1 ? serve(old, { etag: '"old"', until: 50_000 }) : serve(bytes, { etag: '"new"' }))(
        request,
        response,
        nth,
      ),
    );
    expect(await download(other.url, changed.path, { sha256: null, bytes: null })).toBe(sha256);
    expect(other.requests[1].headers["if-range"]).toBe('"old"');
    await expectWhole(changed.path);

    // No etag: the pieces are of two files, which only the hash can tell.
    const mixed = await target();
    const silent = await start((request, response, nth) =>
      serve(nth === 1 ? old : bytes, nth === 1 ? { until: 50_000 } : {})(request, response, nth),
    );
    expect(await download(silent.url, mixed.path, known)).toBe(sha256);
    expect(silent.requests).toHaveLength(3);
    await expectWhole(mixed.path);
  });

  it("is gone on with by another run after it was canceled", async () => {
    const { path } = await target();
    const controller = new AbortController();
    const { url, requests } = await start((request, response, nth) => {
      if (nth > 1) return serve(bytes, { etag: '"one"' })(request, response, nth);
      // Comes to a halt on the way.
      response.writeHead(200, { "content-length": bytes.length, etag: '"one"' });
      response.write(bytes.subarray(0, 120_000));
    });
    const onProgress = (done: number) => {
      if (done === 120_000) controller.abort();
    };
    await expect(download(url, path, { ...known, signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: "canceled",
    });
    expect((await readdir(join(path, ".."))).sort()).toEqual(["model.pth.part", "model.pth.part.json"]);
    await download(url, path, known);
    expect(requests[1].headers.range).toBe("bytes=120000-");
    await expectWhole(path);
  });

  it("gives no file its name whose hash is another, and keeps nothing of it", async () => {
    const { path } = await target();
    const { url } = await start(serve(bytes.map((byte) => byte ^ 1)));
    await expect(download(url, path, known)).rejects.toMatchObject({
      code: "hash-mismatch",
      message: expect.stringContaining(sha256),
    });
    expect(await readdir(join(path, ".."))).toEqual([]);
  });

  it("waits out a server that is busy, and names one that refuses or gives a page", async () => {
    const { path } = await target();
    const busy = await start((request, response, nth) =>
      nth === 1 ? void response.writeHead(503).end() : serve(bytes)(request, response, nth),
    );
    await download(busy.url, path, known);
    await expectWhole(path);
    const refused = (handler: Parameters<typeof start>[0]) =>
      target().then(async (other) => download((await start(handler)).url, other.path, known));
    await expect(refused((_, response) => void response.writeHead(404).end())).rejects.toMatchObject({
      code: "network-unavailable",
      message: expect.stringMatching(/refused \(404 Not Found\)\. The file has moved/),
    });
    await expect(
      refused((_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>")),
    ).rejects.toMatchObject({ code: "network-unavailable", message: expect.stringMatching(/a web page instead/) });
  });

  it("reports an unreachable server", async () => {
    const { path } = await target();
    await expect(download("http://127.0.0.1:9/model.pth", path, known)).rejects.toMatchObject({
      code: "network-unavailable",
      message: expect.stringMatching(/could not be fetched: (ECONNREFUSED|bad port)/),
    });
  }, 20_000);

  it("says that the folder cannot be made", async () => {
    const here = await folder();
    await writeFile(join(here, "weights"), "a file");
    await expect(download("http://127.0.0.1:9/", join(here, "weights", "m.pth"), known)).rejects.toMatchObject({
      code: "file-write-failed",
    });
  });
});
