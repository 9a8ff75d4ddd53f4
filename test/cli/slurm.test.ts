import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism, hostname, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onFreePorts } from "../../kernel-ext/client/ports.js";
import { readRows } from "../../src/evaluate/result/read-rows.js";
import type { EvaluationRow } from "../../src/evaluate/types.js";
import { volumeCase, writeManifest } from "../evaluate/support/data-set.js";
import { built } from "../support/built.js";
import { goldenPath } from "../support/golden.js";
import { saySkipped } from "../support/skipped.js";

const run = promisify(execFile);
const main = built("kernel-ext", "cli", "main.js");
const guide = fileURLToPath(new URL("../../docs/past-one-machine.md", import.meta.url));

/** Daemons lie where only root's PATH leads. */
const path = [process.env.PATH, "/usr/sbin", "/sbin"].join(delimiter);
const programs = ["munged", "slurmctld", "slurmd", "sbatch", "scancel"];

function isInstalled(program: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why Slurm cannot be started here; empty if it can. */
function obstacle(): string {
  if (process.getuid?.() !== 0) return "Slurm's daemons need root";
  const missing = programs.filter((program) => !isInstalled(program));
  return missing.length > 0 ? `there is no ${missing.join(", ")} (apt-get install slurm-wlm munge)` : "";
}
const why = obstacle();
if (why) saySkipped(`the test on Slurm: ${why}`);

/** The array job that the guide gives. */
function arrayJob(): string {
  const blocks = [...readFileSync(guide, "utf8").matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text!);
  return blocks.find((text) => text.includes("#SBATCH"))!;
}

/** A cluster of this machine alone, of daemons that this test starts and ends. */
class Cluster {
  readonly env: NodeJS.ProcessEnv;
  readonly #folder: string;
  readonly #daemons: ChildProcess[] = [];

  constructor(folder: string) {
    this.#folder = folder;
    this.env = { ...process.env, PATH: path, SLURM_CONF: join(folder, "slurm.conf") };
  }

  async start(): Promise<void> {
    const at = (name: string) => join(this.#folder, name);
    for (const name of ["state", "spool"]) await mkdir(at(name));
    await writeFile(at("key"), randomBytes(1024), { mode: 0o600 });
    const files = ["key", "socket", "pid", "log", "seed"].map((name) => `--${options[name] ?? name}=${at(name)}`);
    const munged = this.#spawn("munged", ["--foreground", ...files]);
    await munged.until(() => run("munge", ["-n", "-S", at("socket")], { env: this.env }));
    await onFreePorts(2, (ports) => this.#startSlurm(ports));
  }

  async #startSlurm([controller, worker]: readonly number[]): Promise<void> {
    const at = (name: string) => join(this.#folder, name);
    const node = hostname().split(".")[0];
    const lines = [
      "ClusterName=samlab",
      `SlurmctldHost=${node}(127.0.0.1)`,
      "SlurmUser=root",
      "SlurmdUser=root",
      `SlurmctldPort=${controller}`,
      `SlurmdPort=${worker}`,
      "AuthType=auth/munge",
      // A job that is put back into the queue waits until its first credential has expired.
      `AuthInfo=socket=${at("socket")},cred_expire=5`,
      `StateSaveLocation=${at("state")}`,
      `SlurmdSpoolDir=${at("spool")}`,
      `SlurmctldPidFile=${at("slurmctld.pid")}`,
      `SlurmdPidFile=${at("slurmd.pid")}`,
      "ProctrackType=proctrack/linuxproc",
      "TaskPlugin=task/none",
      "SelectType=select/cons_tres",
      "SelectTypeParameters=CR_CPU",
      "SwitchType=switch/none",
      "MpiDefault=none",
      "ReturnToService=2",
      // That of a task whose program was killed, as when memory runs out.
      "RequeueExit=137",
      "SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1",
      "SlurmdParameters=config_overrides",
      `NodeName=${node} NodeAddr=127.0.0.1 CPUs=${Math.max(2, availableParallelism())} State=UNKNOWN`,
      `PartitionName=all Nodes=${node} Default=YES State=UP MaxTime=INFINITE`,
    ];
    await writeFile(at("slurm.conf"), `${lines.join("\n")}\n`);
    const before = this.#daemons.length;
    try {
      const slurmctld = this.#spawn("slurmctld", ["-D"]);
      await slurmctld.until(() => run("scontrol", ["ping"], { env: this.env }));
      const slurmd = this.#spawn("slurmd", ["-D"]);
      await slurmd.until(async () => {
        const { stdout } = await run("sinfo", ["--noheader", "--format=%t"], { env: this.env });
        if (stdout.trim() !== "idle") throw new Error(`the node is ${stdout.trim()}`);
      });
    } catch (error) {
      await Promise.all(this.#daemons.splice(before).map(endDaemon));
      throw error;
    }
  }

  async end(): Promise<void> {
    if (this.#daemons.length > 1) {
      await run("scancel", ["--user=root", "--signal=KILL", "--full"], { env: this.env }).catch(() => {});
      await run("scancel", ["--user=root"], { env: this.env }).catch(() => {});
    }
    for (const daemon of this.#daemons.reverse()) await endDaemon(daemon);
  }

  #spawn(program: string, args: readonly string[]) {
    const daemon = spawn(program, args, { env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    let log = "";
    for (const stream of [daemon.stdout, daemon.stderr]) stream.on("data", (text) => (log += text));
    // A test run that is stopped half-way must not leave it behind.
    process.once("exit", () => daemon.kill());
    this.#daemons.push(daemon);
    return {
      /** Waits until the call succeeds; at most 30 s, and no longer than the daemon runs. */
      until: async (succeeds: () => Promise<unknown>): Promise<void> => {
        let last: unknown;
        for (const end = Date.now() + 30_000; Date.now() < end && !hasEnded(daemon); await sleep(100)) {
          try {
            await succeeds();
            return;
          } catch (error) {
            last = error;
          }
        }
        throw new Error(`${program} does not work: ${last}\n${log}`);
      },
    };
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

async function endDaemon(daemon: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => daemon.once("exit", resolve));
  if (hasEnded(daemon) || !daemon.kill()) return;
  const timer = setTimeout(() => daemon.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(timer);
}

/** Of munged. */
const options: { readonly [name: string]: string } = {
  key: "key-file",
  pid: "pid-file",
  log: "log-file",
  seed: "seed-file",
};

describe.skipIf(why !== "")("an array job on Slurm", () => {
  const here = mkdtempSync(join(tmpdir(), "samlab-slurm-"));
  const cluster = new Cluster(here);
  beforeAll(async () => {
    // munged wants its socket to be within everybody's reach.
    await chmod(here, 0o711);
    await cluster.start();
  }, 90_000);
  afterAll(async () => {
    await cluster.end();
    rmSync(here, { recursive: true, force: true });
  }, 60_000);

  it("gives every row once, though a task was killed and started again", { timeout: 120_000 }, async () => {
    const cases = [];
    for (let n = 0; n < 24; n++) cases.push(await volumeCase(here, `case${n}`));
    await writeManifest(here, cases);
    const samlab = (...args: string[]) => run("samlab", args, { cwd: here, env });
    // The job calls samlab as the guide has it; here it takes a tiny model, and says which process it is.
    const more = `--model ${goldenPath("tiny-sam.pth")} --device cpu`;
    const shim = `#!/bin/sh
[ -n "$SLURM_ARRAY_TASK_ID" ] && echo $$ >> pids.$SLURM_ARRAY_TASK_ID
[ "$1" = evaluate ] && exec "${process.execPath}" "${main}" "$@" ${more}
exec "${process.execPath}" "${main}" "$@"
`;
    await mkdir(join(here, "bin"));
    await writeFile(join(here, "bin", "samlab"), shim, { mode: 0o755 });
    const env = {
      ...cluster.env,
      PATH: [join(here, "bin"), path].join(delimiter),
      SAMLAB_CACHE: join(here, "cache"),
      SAMLAB_EMBEDDING_CACHE_MB: "0",
      SAMLAB_THREADS: "1",
    };
    await samlab("evaluate", "manifest.json", "--prompt", "box", "--out", "plain.csv");

    await writeFile(join(here, "evaluate.sh"), arrayJob());
    // sbatch --wait asks more and more rarely: it would notice the end half a minute late.
    await run("sbatch", ["--array=1-4", "--cpus-per-task=1", "evaluate.sh"], { cwd: here, env });
    const isOver = async () => (await run("squeue", ["--noheader"], { env })).stdout.trim() === "";
    // Task 2 is killed when it has finished something, but not all.
    const pids = async () => (await text(join(here, "pids.2"))).trim().split("\n");
    const units = async () => (await text(join(here, "parts", "2.ndjson"))).split('"kind":"unit"').length - 1;
    for (let n = 1; (await units()) === 0; n++) {
      if (n % 100 === 0 && (await isOver())) expect.fail(await printed(here));
      await sleep(3);
    }
    process.kill(Number((await pids())[0]), "SIGKILL");
    const done = await units();
    while (!(await isOver())) await sleep(100);
    const { stdout: states } = await run("scontrol", ["--oneliner", "show", "job"], { env });
    expect(states.match(/JobState=\w+/g)).toEqual(Array(4).fill("JobState=COMPLETED"));
    expect(await pids()).toHaveLength(2);
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(await units());

    const parts = [1, 2, 3, 4].map((task) => `parts/${task}.ndjson`);
    await samlab("merge", ...parts, "--out", "rows.csv", "--json", "summary.json");
    const rows = await readRows(join(here, "rows.csv"));
    expect(withoutTimes(rows)).toEqual(withoutTimes(await readRows(join(here, "plain.csv"))));
    expect(new Set(rows.map((row) => `${row.case} ${row.slice}`)).size).toBe(rows.length);
    expect(rows.length).toBeGreaterThanOrEqual(cases.length);
  });
});

/** What the tasks wrote. */
async function printed(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".out"));
  return (await Promise.all(files.map((name) => text(join(folder, name))))).join("\n");
}

const withoutTimes = (rows: readonly EvaluationRow[]) => rows.map((row) => ({ ...row, encodeMs: 0, predictMs: 0 }));
const text = (file: string) => readFile(file, "utf8").catch(() => "");
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
