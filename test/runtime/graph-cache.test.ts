import { readdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { GraphBuilder } from "../../src/onnx/builder.js";
import { GraphCache } from "../../src/runtime/graph-cache.js";
import { temporaryCache } from "../support/temporary.js";

const cache = temporaryCache();

const names = ["encoder", "decoder"] as const;
const cacheOf = (key: string) => new GraphCache<string, (typeof names)[number]>(key, names);

/** A graph of about 40 kB. */
function graph() {
  const b = new GraphBuilder("sum");
  const x = b.input("x", "float32", [10_000]);
  b.output("y", b.op("Add", [x, b.constant(new Float32Array(10_000).fill(1), [10_000])]));
  return b.build();
}

async function write(key: string, daysAgo: number) {
  await cacheOf(key).keep(key, { encoder: graph(), decoder: null });
  const at = new Date(Date.now() - daysAgo * 24 * 3600 * 1000);
  for (const file of await readdir(join(cache(), "graphs", key)))
    await utimes(join(cache(), "graphs", key, file), at, at);
}

it("keeps what was compiled, with what it says of itself", async () => {
  expect(await cacheOf("a").read()).toBeNull();
  await write("a", 0);
  expect(await cacheOf("a").read()).toEqual({
    description: "a",
    sources: { encoder: { path: join(cache(), "graphs", "a", "encoder.onnx") }, decoder: null },
  });
});

it("compiles again what a file of another content belongs to", async () => {
  await write("a", 0);
  const path = join(cache(), "graphs", "a", "encoder.onnx");
  const bytes = await readFile(path);
  bytes[20_000]! ^= 1;
  await writeFile(path, bytes);
  expect(await cacheOf("a").read()).toBeNull();
  await write("a", 0);
  await truncate(path, 100);
  expect(await cacheOf("a").read()).toBeNull();
  await write("a", 0);
  await rm(path);
  expect(await cacheOf("a").read()).toBeNull();
});

it("drops the models that were used longest ago, none of the last day", async () => {
  await write("old", 9);
  await write("read again", 8);
  await write("older", 10);
  await write("today", 0.5);
  await cacheOf("read again").read();
  expect(await readdir(join(cache(), "graphs"))).toHaveLength(4);
  vi.stubEnv("SAMLAB_GRAPH_CACHE_MB", "0.17");
  await write("new", 0);
  expect((await readdir(join(cache(), "graphs"))).sort()).toEqual(["new", "old", "read again", "today"]);
  vi.stubEnv("SAMLAB_GRAPH_CACHE_MB", "0.01");
  await write("newer", 0);
  expect((await readdir(join(cache(), "graphs"))).sort()).toEqual(["new", "newer", "read again", "today"]);
});
