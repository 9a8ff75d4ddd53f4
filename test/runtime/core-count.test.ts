import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { coreCount } from "../../src/runtime/core-count.js";
import { temporaryFolders } from "../support/temporary.js";

const folders = temporaryFolders();
const all = availableParallelism();

it.each([
  [
    "a container (v2), whose own group is the root",
    { "proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "100000 100000" },
    1,
  ],
  ["half a core", { "proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "50000 100000" }, 1],
  ["no limit (v2)", { "proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "max 100000" }, all],
  [
    "a job (v2) in a group of its own",
    { "proc/self/cgroup": "0::/job_7", "sys/fs/cgroup/job_7/cpu.max": "150000 100000" },
    1,
  ],
  [
    "a step of a job (v2) that has the limit",
    {
      "proc/self/cgroup": "0::/job_7/step_0",
      "sys/fs/cgroup/job_7/step_0/cpu.max": "max 100000",
      "sys/fs/cgroup/job_7/cpu.max": "100000 100000",
    },
    1,
  ],
  [
    "a job (v1)",
    {
      "proc/self/cgroup": "9:memory:/job_7\n4:cpu,cpuacct:/job_7",
      "sys/fs/cgroup/cpu/job_7/cpu.cfs_quota_us": "100000",
      "sys/fs/cgroup/cpu/job_7/cpu.cfs_period_us": "100000",
    },
    1,
  ],
  [
    "no limit (v1)",
    {
      "proc/self/cgroup": "4:cpu,cpuacct:/",
      "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
      "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
    },
    all,
  ],
  ["more than there is", { "proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "9900000 100000" }, Math.min(99, all)],
  ["a system without groups", {}, all],
])("counts the cores of %s", async (_, files, cores) => {
  const root = await folders();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), `${text}\n`);
  }
  expect(coreCount(root)).toBe(cores);
});
