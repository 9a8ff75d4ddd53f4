import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { sha256OfFile } from "../../src/io/files/hash-file.js";
import { Adapter } from "../../src/models/adapter.js";
import { volumeCase, writeManifest } from "../evaluate/support/data-set.js";
import { built } from "../support/built.js";
import { saySkipped } from "../support/skipped.js";
import { temporaryFolders } from "../support/temporary.js";
import { tinySam } from "../support/tiny-tuned.js";

const main = built("kernel-ext", "cli", "main.js");
const folder = temporaryFolders();
let here: string;
let common: readonly string[];
beforeEach(async () => {
  here = await folder();
  const manifest = await writeManifest(here, [await volumeCase(here, "case")]);
  const data = [manifest, "--label", "tumor", "--min-pixels", "1"];
  const training = ["--recipe", "promptEncoder", "--steps", "300", "--save-every", "0"];
  common = ["finetune", ...data, "--model", tinySam, "--device", "cpu", ...training];
});

/** @param blocks the largest file that the process may write, in units of 1024 bytes */
function start(args: readonly string[], blocks?: number): ChildProcess {
  const limit = blocks === undefined ? "" : `ulimit -f ${blocks};`;
  return spawn("bash", ["-c", `${limit} exec "$@"`, "bash", process.execPath, main, ...args], {
    env: { ...process.env, SAMLAB_CACHE: join(here, "cache"), SAMLAB_THREADS: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
}

async function end(child: ChildProcess): Promise<{ code: number | null; errors: string }> {
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, errors };
}

describe("samlab finetune", () => {
  it("killed with SIGKILL resumes and ends with the adapter of an uninterrupted run", { timeout: 60_000 }, async () => {
    const [plain, out] = ["plain", "out"].map((name) => join(here, `${name}.safetensors`));
    expect(await end(start([...common, "--out", plain]))).toMatchObject({ code: 0 });

    const saved = async () => (await readdir(join(here, "cache", "training"))).filter((name) => !name.startsWith("."));
    const child = start([...common, "--out", out]);
    const ended = end(child);
    while (child.exitCode === null && (await saved()).length === 0) await sleep(5);
    await sleep(150);
    child.kill("SIGKILL");
    await ended;
    expect(await readdir(here)).not.toContain("out.safetensors");

    const { code, errors } = await end(start([...common, "--out", out]));
    expect(code, errors).toBe(0);
    expect(Number(/Resumed after step (\d+)\./.exec(errors)?.[1])).toBeGreaterThan(1);
    expect(await sha256OfFile(out)).toBe(await sha256OfFile(plain));
    expect(await saved()).toEqual([]);
  });

  const isWindows = process.platform === "win32";
  if (isWindows) saySkipped("a full disk: it is made by ulimit, which Windows lacks");
  it.skipIf(isWindows)(
    "leaves the older adapter where the new one does not fit on the disk",
    { timeout: 60_000 },
    async () => {
      const out = join(here, "out.safetensors");
      await writeFile(out, "older");
      const large = common.map((text) => ({ "300": "1", promptEncoder: "maskDecoder" })[text] ?? text);
      // 64 kB. The adapter has several hundred, and so have the compiled graphs and the saved run, which the training
      // can do without.
      const { code, errors } = await end(start([...large, "--out", out], 64));
      expect(code).toBe(1);
      expect(errors).toMatch(/out\.safetensors could not be written \(EFBIG\)\..*ulimit -f/);
      expect(await readFile(out, "utf8")).toBe("older");
      expect((await readdir(here)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
      expect((await readdir(join(here, "cache"), { recursive: true })).filter((name) => name.endsWith(".tmp"))).toEqual(
        [],
      );
    },
  );

  it("keeps the adapter in the cache if it cannot be written to the given path", { timeout: 60_000 }, async () => {
    const few = common.map((text) => (text === "300" ? "1" : text));
    const taken = join(here, "taken.safetensors");
    await mkdir(taken);
    const { code, errors } = await end(start([...few, "--out", taken]));
    expect(code).toBe(1);
    const spare = /The adapter is in (.*): move it where you want it\./.exec(errors)?.[1] ?? "";
    expect((await Adapter.open(spare)).metadata.recipe).toBe("promptEncoder");
    expect(errors).toMatch(/taken\.safetensors could not be written/);
    // A folder that is not there is noticed before the training.
    const nowhere = await end(start([...few, "--out", join(here, "none", "out.safetensors")]));
    expect(nowhere).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/no folder .*none\. Create its folder first/),
    });
  });
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
