import { type ChildProcess, spawn } from "node:child_process";
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/core/random.js";
import { readRows } from "../../src/evaluate/result/read-rows.js";
import type { EvaluationRow } from "../../src/evaluate/types.js";
import { volumeCase, writeManifest } from "../evaluate/support/data-set.js";
import { built } from "../support/built.js";
import { goldenPath } from "../support/golden.js";
import { temporaryFolders } from "../support/temporary.js";

const main = built("kernel-ext", "cli", "main.js");
const folder = temporaryFolders();

function start(here: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [main, "evaluate", ...args], {
    // A cache of its own, so that no embedding of another run is found.
    env: { ...process.env, SAMLAB_CACHE: join(here, "cache"), SAMLAB_EMBEDDING_CACHE_MB: "0", SAMLAB_THREADS: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function end(child: ChildProcess): Promise<{ code: number | null; errors: string }> {
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.stdout?.resume();
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, errors };
}

async function dataSet() {
  const here = await folder();
  const cases = [];
  for (let n = 0; n < 12; n++) cases.push(await volumeCase(here, `case${n}`));
  const manifest = await writeManifest(here, cases);
  const common = [manifest, "--model", goldenPath("tiny-sam.pth"), "--prompt", "box", "--prompt", "points:2,random"];
  return { here, args: [...common, "--device", "cpu"] };
}

const withoutTimes = (rows: readonly EvaluationRow[]) => rows.map((row) => ({ ...row, encodeMs: 0, predictMs: 0 }));

/** Finished units of a store, by name, with the text of their line. */
async function units(store: string): Promise<Map<string, string>> {
  const text = await readFile(store, "utf8").catch(() => "");
  const whole = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line.includes('"kind":"unit"'));
  return new Map(
    whole.map((line) => {
      const { case: id, slice } = JSON.parse(line) as { case: string; slice: number };
      return [`${id} ${slice}`, line];
    }),
  );
}

describe("samlab evaluate, killed with SIGKILL at random moments", () => {
  it.each([1, 2])("loses, doubles and recomputes nothing with %i worker(s)", { timeout: 120_000 }, async (workers) => {
    const { here, args } = await dataSet();
    const plain = join(here, "plain.csv");
    expect(await end(start(here, [...args, "--out", plain]))).toMatchObject({ code: 0 });

    const [store, out] = [join(here, "store.ndjson"), join(here, "rows.csv")];
    const again = [...args, "--store", store, "--out", out, "--workers", String(workers)];
    const random = seededRandom("kill", workers);
    let known = new Map<string, string>();
    for (let kill = 0; kill < 3; kill++) {
      const child = start(here, again);
      const ended = end(child);
      // Killed some milliseconds after the first new unit has come: in the middle of the next ones.
      while (child.exitCode === null && (await units(store)).size <= known.size) await sleep(5);
      await sleep(random() * 60);
      child.kill("SIGKILL");
      await ended;
      const now = await units(store);
      for (const [name, line] of known) expect(now.get(name)).toBe(line);
      known = now;
    }
    expect(known.size).toBeGreaterThanOrEqual(3);
    expect(known.size).toBeLessThan(36);

    const { code, errors } = await end(start(here, again));
    expect(code, errors).toBe(0);
    expect(errors).toMatch(/Took over the lock of process \d+/);
    const final = await units(store);
    for (const [name, line] of known) expect(final.get(name)).toBe(line);
    expect(final.size).toBe(36);
    expect(withoutTimes(await readRows(out))).toEqual(withoutTimes(await readRows(plain)));
    expect(await readRows(plain)).toHaveLength(72);
  });

  it("stops at Ctrl-C with exit code 130, says how to resume, and resumes", { timeout: 60_000 }, async () => {
    const { here, args } = await dataSet();
    const out = join(here, "rows.csv");
    const store = `${out}.store.ndjson`;
    const child = start(here, [...args, "--out", out]);
    const ended = end(child);
    while (child.exitCode === null && (await units(store)).size === 0) await sleep(5);
    child.kill("SIGINT");
    const { code, errors } = await ended;
    expect(code).toBe(130);
    expect(errors).toContain(`Finished work is kept in ${store}: give the same command again to resume.`);
    expect(await end(start(here, [...args, "--out", out]))).toMatchObject({ code: 0 });
    expect(await readRows(out)).toHaveLength(72);
    expect((await units(store)).size).toBe(0);
  });

  it("keeps its store where something failed, and tries only that again", { timeout: 60_000 }, async () => {
    const { here, args } = await dataSet();
    const image = join(here, "case3.nii");
    const out = join(here, "rows.csv");
    await rename(image, `${image}.away`);
    const failed = await end(start(here, [...args, "--out", out]));
    expect(failed.code).toBe(3);
    expect(failed.errors).toContain(`Finished work is kept in ${out}.store.ndjson`);
    await rename(`${image}.away`, image);
    const again = await end(start(here, [...args, "--out", out]));
    expect(again.code).toBe(0);
    expect(again.errors).toMatch(/33 finished units were found/);
    expect(await readRows(out)).toHaveLength(72);
    expect((await units(`${out}.store.ndjson`)).size).toBe(0);
  });
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
