import { existsSync } from "node:fs";
import { appendFile, open, readFile, rename, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { evaluate } from "../../../src/evaluate/evaluate.js";
import type { EvaluateOptions } from "../../../src/evaluate/options.js";
import { type PlannedCase, planHash } from "../../../src/evaluate/plan.js";
import { readRows } from "../../../src/evaluate/result/read-rows.js";
import { mergeStores } from "../../../src/evaluate/store/merge.js";
import { failure } from "../../io/helpers.js";
import { temporaryFolders } from "../../support/temporary.js";
import { type Block, block, volumeCase, writeManifest } from "../support/data-set.js";
import { FakeSam } from "../support/fake-sam.js";

const folder = temporaryFolders();

async function setUp() {
  const here = await folder();
  const cases = [];
  for (const id of ["a", "b", "c", "d", "e"]) cases.push(await volumeCase(here, id));
  const data = await writeManifest(here, cases);
  const store = join(here, "store.ndjson");
  const options = (more: Partial<EvaluateOptions> = {}): EvaluateOptions => ({
    models: new FakeSam(),
    data,
    prompts: ["box", "points:2,random"],
    store,
    ...more,
  });
  return { here, data, store, options };
}

/** Cancels after so many units. */
function stopAfter(units: number): Partial<EvaluateOptions> {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onProgress: (progress) => {
      if (progress.units >= units) controller.abort();
    },
  };
}

/** Leaves subjects out of a store's plan, as earlier versions did. */
async function withoutSubjects(path: string): Promise<void> {
  const [first, ...lines] = (await readFile(path, "utf8")).split("\n");
  const header = JSON.parse(first);
  const plan = { ...header.plan, cases: header.plan.cases.map(({ subject: _, ...one }: PlannedCase) => one) };
  await writeFile(path, [JSON.stringify({ ...header, planHash: planHash(plan), plan }), ...lines].join("\n"));
}

describe("a store", () => {
  it("resumes where a run was stopped: nothing lost, doubled, or computed again", async () => {
    const { store, options } = await setUp();
    const whole = await evaluate({ ...options(), store: undefined });
    const first = new FakeSam();
    await failure(evaluate(options({ models: first, ...stopAfter(4) })), "canceled");
    const second = new FakeSam();
    const result = await evaluate(options({ models: second }));
    expect(result.rows).toEqual(whole.rows);
    expect(first.embedded.length + second.embedded.length).toBe(15);
    expect(result.notes.join()).toMatch(/4 finished units were found/);
    expect([...(await readRows(store))]).toHaveLength(whole.rows.length);
    const third = new FakeSam();
    expect((await evaluate(options({ models: third }))).rows).toEqual(whole.rows);
    expect(third.embedded).toEqual([]);
  });

  it("drops a last line that was cut off at any byte", async () => {
    const { store, options } = await setUp();
    const whole = await evaluate(options());
    const text = await readFile(store);
    const lastLine = text.subarray(0, -1).lastIndexOf(10) + 1;
    for (const cut of [lastLine + 1, Math.floor((lastLine + text.length) / 2), text.length - 1, 40, 1]) {
      await writeFile(store, text);
      await truncate(store, cut);
      const result = await evaluate(options());
      expect(result.rows).toEqual(whole.rows);
      expect((await readFile(store, "utf8")).endsWith("\n")).toBe(true);
    }
  });

  it("refuses a damaged line and another file, and leaves them as they are", async () => {
    const { here, store, options } = await setUp();
    await evaluate(options());
    const lines = (await readFile(store, "utf8")).split("\n");
    await writeFile(store, [lines[0], "{broken", ...lines.slice(2)].join("\n"));
    expect((await failure(evaluate(options()), "format-invalid")).message).toMatch(/line 2/);
    await writeFile(store, [...lines.slice(0, -1), lines[3], ""].join("\n"));
    expect((await failure(evaluate(options()), "format-invalid")).message).toMatch(/appears twice/);
    const other = join(here, "notes.ndjson");
    for (const text of ["my notes", "case,dice\nct,0.9\n", '{\n  "format": "samlab-manifest/1"\n}\n']) {
      await writeFile(other, text);
      const { message } = await failure(evaluate(options({ store: other })), "format-invalid");
      expect(message).toMatch(/is not a store of an evaluation.*Give another name/);
      expect(await readFile(other, "utf8")).toBe(text);
    }
  });

  it("refuses another plan and names what differs", async () => {
    const { options } = await setUp();
    await evaluate(options());
    const differs = async (more: Partial<EvaluateOptions>) =>
      (await failure(evaluate(options(more)), "state-order")).message;
    expect(await differs({ seed: 2 })).toMatch(/seed: 0 against 2/);
    expect(await differs({ prompts: "box" })).toMatch(/prompts: box, points:2,random against box/);
    expect(await differs({ models: new FakeSam("other") })).toMatch(/models: fake .* against other/);
    expect(await differs({ nsdTolerance: 3 })).toMatch(/nsdTolerance: 2 against 3/);
    expect(await differs({ shard: "1/2" })).toMatch(/shard: 1\/1 against 1\/2/);
    expect(await differs({ limit: 2 })).toMatch(/cases: a, b, c, d, e against a, b/);
  });

  it("takes the same checkpoint under another path, resuming and merging, and no other", async () => {
    const { here, store, options } = await setUp();
    class OneFile extends FakeSam {
      override get hash(): string {
        return "a".repeat(64);
      }
    }
    const at = (path: string) => ({ models: new OneFile(path) });
    const whole = await evaluate({ ...options(at("/b/model.pth")), store: undefined });
    await failure(evaluate(options({ ...at("../a/model.pth"), ...stopAfter(4) })), "canceled");
    const resumed = await evaluate(options(at("/b/model.pth")));
    expect(resumed.rows).toEqual(whole.rows);
    expect(resumed.notes.join()).toMatch(/4 finished units were found/);
    expect(new Set((await readRows(store)).map(({ model }) => model))).toEqual(new Set(["../a/model.pth"]));
    expect((await evaluate(options(at("C:\\models\\model.pth")))).rows[0]!.model).toBe("C:\\models\\model.pth");
    expect((await failure(evaluate(options(at("/b/other.pth"))), "state-order")).message).toMatch(/models: /);
    const shards = ["/b/model.pth", "/c/model.pth"].map((path, n) =>
      evaluate(options({ ...at(path), store: join(here, `${n}.ndjson`), shard: `${n + 1}/2` })),
    );
    await Promise.all(shards);
    expect((await mergeStores([0, 1].map((n) => join(here, `${n}.ndjson`)))).rows).toEqual(whole.rows);
  });

  it("keeps checkpoints of one file name apart when both are under other paths", async () => {
    const { here, store, options } = await setUp();
    // Components below the least size: slices without rows.
    const specks: Block[] = [4, 8, 12].map((x) => ({ label: 1, from: [x, 5, 1], to: [x, 5, 3] }));
    await writeManifest(here, [
      await volumeCase(here, "a", specks, { slicing: { plane: "axial", slices: "all", minPixels: 2 } }),
      await volumeCase(here, "b"),
    ]);
    const at = (...folders: string[]) => {
      const models = folders.map((name, n) => {
        class Checkpoint extends FakeSam {
          override get hash(): string {
            return "ab"[n]!.repeat(64);
          }
        }
        return new Checkpoint(`${name}/best.pth`);
      });
      return { models, per: "component" as const };
    };
    const whole = await evaluate({ ...options(at("run2", "run1")), store: undefined });
    await failure(evaluate(options({ ...at("run1", "run2"), ...stopAfter(4) })), "canceled");
    await evaluate(options(at("new1", "new2")));
    const swapped = at("run2", "run1");
    expect((await evaluate(options(swapped))).rows).toEqual(whole.rows);
    expect(swapped.models.flatMap(({ embedded }) => embedded)).toEqual([]);
    expect((await mergeStores([store])).rows).toHaveLength(whole.rows.length);
    // An earlier version wrote a unit under another path: it is left out.
    const lines = (await readFile(store, "utf8")).trimEnd().split("\n");
    await writeFile(store, `${[...lines, lines.at(-1)!.replaceAll("run2/", "new2/")].join("\n")}\n`);
    expect((await evaluate(options(swapped))).rows).toEqual(whole.rows);
  });

  it("refuses cases that became another subject's", async () => {
    const { here, options } = await setUp();
    const manifest = async (subject?: string) =>
      writeManifest(here, [
        await volumeCase(here, "a"),
        await volumeCase(here, "b", [block], subject ? { subject } : {}),
      ]);
    const [first, second] = [join(here, "1.ndjson"), join(here, "2.ndjson")];
    await manifest();
    await evaluate(options({ store: first, shard: "1/2" }));
    const own = await evaluate(options());
    await manifest("b");
    expect((await evaluate(options())).rows).toEqual(own.rows);
    await manifest("a");
    expect((await failure(evaluate(options()), "state-order")).message).toMatch(/: subject of b\. /);
    const { rows } = await evaluate(options({ store: second, shard: "2/2" }));
    expect(rows[0]).toMatchObject({ case: "b", subject: "a" });
    const refused = await failure(mergeStores([first, second]), "argument-invalid");
    expect(refused.message).toMatch(/: subject of b\. /);
  });

  it("takes whose cases are from the rows where its plan is of an earlier version, without subjects", async () => {
    const { here, store, options } = await setUp();
    const manifest = async (...subjects: string[]) => {
      const cases = ["a", "b"].map((id, n) => volumeCase(here, id, [block], { subject: subjects[n] }));
      return writeManifest(here, await Promise.all(cases));
    };
    await manifest("p1", "p2");
    const whole = await evaluate({ ...options(), store: undefined });
    await failure(evaluate(options(stopAfter(1))), "canceled");
    await withoutSubjects(store);
    await manifest("a", "p2");
    expect((await failure(evaluate(options()), "state-order")).message).toMatch(/: subject of a\. /);
    // Nothing in the store is of the second case yet.
    await manifest("p1", "p3");
    expect((await evaluate(options())).rows.map(({ subject }) => subject)).toContain("p3");
    await manifest("p1", "p2");
    expect((await failure(evaluate(options()), "state-order")).message).toMatch(/: subject of b\. /);
    const shards = [1, 2].map((n) => join(here, `part${n}.ndjson`));
    for (const [n, path] of shards.entries()) await evaluate(options({ store: path, shard: `${n + 1}/2` }));
    await withoutSubjects(shards[0]);
    const merged = await mergeStores(shards);
    expect(merged.rows).toEqual(whole.rows);
    expect(merged.plan).toEqual(whole.plan);
    const other = join(here, "other.ndjson");
    await manifest("a", "p2");
    await evaluate(options({ store: other, shard: "2/2" }));
    for (const paths of [
      [shards[0], other],
      [other, shards[0]],
    ]) {
      expect((await failure(mergeStores(paths), "argument-invalid")).message).toMatch(/: subject of a\. /);
    }
  });

  it("notices a case whose files changed in between", async () => {
    const { here, options } = await setUp();
    await failure(evaluate(options(stopAfter(1))), "canceled");
    await volumeCase(here, "a", [{ label: 1, from: [4, 5, 1], to: [12, 12, 3] }]);
    expect((await failure(evaluate(options()), "hash-mismatch")).message).toMatch(/case a have changed/);
  });

  it("notices it too where all results of the case are there, and takes files that are gone as they were", async () => {
    const { here, options } = await setUp();
    const whole = await evaluate(options());
    await rename(join(here, "b.nii"), join(here, "away.nii"));
    const { rows, notes } = await evaluate(options());
    expect(rows).toEqual(whole.rows);
    expect(notes.join("\n")).toMatch(/b: its finished results are kept, but its files were not checked: .*b\.nii/);
    await rename(join(here, "away.nii"), join(here, "b.nii"));
    await volumeCase(here, "c", [{ label: 1, from: [4, 5, 1], to: [12, 12, 3] }]);
    expect((await failure(evaluate(options()), "hash-mismatch")).message).toMatch(/case c have changed/);
  });

  it("tries again what had failed", async () => {
    const { here, store, options } = await setUp();
    const whole = await evaluate({ ...options(), store: undefined });
    await rename(join(here, "b_truth.nii"), join(here, "away.nii"));
    const broken = new FakeSam();
    const embed = broken.embed.bind(broken);
    let calls = 0;
    broken.embed = (image) => (calls++ === 0 ? Promise.reject(new Error("out of memory")) : embed(image));
    const failed = await evaluate(options({ models: broken }));
    expect(new Set(failed.failures.map((row) => row.case))).toEqual(new Set(["a", "b"]));
    await rename(join(here, "away.nii"), join(here, "b_truth.nii"));
    const sam = new FakeSam();
    const result = await evaluate(options({ models: sam }));
    expect(result.rows).toEqual(whole.rows);
    expect(result.notes.join("\n")).toMatch(/11 finished units .*\n2 units and cases that had failed are run again/);
    // One slice of the first case, and the three of the second.
    expect(sam.embedded).toHaveLength(4);
    expect((await evaluate(options())).rows).toEqual(whole.rows);
    expect((await mergeStores([store])).rows).toEqual(whole.rows);
  });

  it("is written by one run at a time", async () => {
    const { store, options } = await setUp();
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const first = evaluate(options({ models: new FakeSam("fake", { gate }) }));
    await vi.waitUntil(() => existsSync(`${store}.lock`), 20_000);
    expect((await failure(evaluate(options()), "state-order")).message).toContain("another run of this process");
    open();
    await first;
  });

  it("stays whole when the disk is full", async () => {
    const { here, store, options } = await setUp();
    const probe = await open(join(here, "probe"), "w");
    const prototype = Object.getPrototypeOf(probe);
    await probe.close();
    const write = prototype.write;
    let writes = 0;
    const spy = vi.spyOn(prototype, "write").mockImplementation(async function (this: unknown, ...given: unknown[]) {
      if (++writes < 5) return write.apply(this, given);
      // Half of the line fits.
      await write.call(this, given[0], given[1], Math.floor(Number(given[2]) / 2), given[3]);
      throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    });
    const error = await failure(evaluate(options()), "disk-full").finally(() => spy.mockRestore());
    expect(error.message).toMatch(/disk is full.*run it again/s);
    expect((await readFile(store, "utf8")).split("\n")).toHaveLength(5);
    expect((await evaluate(options())).rows).toHaveLength(30);
  });
});

describe("mergeStores", () => {
  it("joins shards to the rows of one run", async () => {
    const { here, options } = await setUp();
    const whole = await evaluate({ ...options(), store: undefined });
    const parts = [1, 2, 3].map((n) => join(here, `part${n}.ndjson`));
    for (const [n, store] of parts.entries()) await evaluate(options({ store, shard: `${n + 1}/3` }));
    expect((await mergeStores([parts[2], parts[0], parts[1]])).rows).toEqual(whole.rows);
    expect((await failure(mergeStores([parts[0], parts[2]]), "state-order")).message).toMatch(/Missing: shard 2\/3/);
    await failure(mergeStores([parts[0], parts[0], parts[1]]), "argument-invalid");
    await failure(mergeStores([]), "argument-invalid");
  });

  it("says which units are missing, and refuses other plans", async () => {
    const { here, store, options } = await setUp();
    await failure(evaluate(options(stopAfter(4))), "canceled");
    const { message } = await failure(mergeStores([store]), "state-order");
    expect(message).toMatch(/shard 1\/1: 3 cases \(c, d, e\); shard 1\/1: 2 units of b/);
    const other = join(here, "other.ndjson");
    await evaluate(options({ store: other, seed: 5 }));
    expect((await failure(mergeStores([store, other]), "argument-invalid")).message).toMatch(/seed: 0 against 5/);
  });

  it("refuses a store that was cut off in its header", async () => {
    const { store } = await setUp();
    await appendFile(store, '{"format":"samlab-eval');
    await failure(mergeStores([store]), "format-invalid");
  });
});
