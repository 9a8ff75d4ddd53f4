import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

/**
 * Cores that this process can use: those it may run on, or as many as the share of processor time of its container or
 * job amounts to (cgroups, on Linux). More threads than that would wait for each other.
 * @param root where /proc and /sys are, for tests
 */
export function coreCount(root = "/"): number {
  const cores = shareOfTime((path) => readFileSync(join(root, path), "utf8").trim());
  return cores === null ? availableParallelism() : Math.max(1, Math.min(availableParallelism(), Math.floor(cores)));
}

/** In cores, the least of all groups; `null` where there is no limit, or the system does not say. */
function shareOfTime(textOf: (path: string) => string): number | null {
  const shares: number[] = [];
  for (const folder of cgroupFolders(textOf)) {
    for (const read of [shareOfVersion2, shareOfVersion1]) {
      try {
        const share = read(folder, textOf);
        if (share > 0) shares.push(share);
      } catch {
        // The other version, or no limit there.
      }
    }
  }
  return shares.length === 0 ? null : Math.min(...shares);
}

/** The process's group and those that it is in, up to the root, which is the own one seen from inside a container. */
function cgroupFolders(textOf: (path: string) => string): string[] {
  try {
    const lines = textOf("proc/self/cgroup").split("\n");
    const own = lines.flatMap((line) => {
      const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      const names = path?.split("/") ?? [];
      const paths = names.map((_, n) => names.slice(0, n + 1).join("/"));
      if (controllers === "") return paths.map((each) => `sys/fs/cgroup${each}`);
      return controllers?.split(",").includes("cpu") ? paths.map((each) => `sys/fs/cgroup/cpu${each}`) : [];
    });
    return [...own, "sys/fs/cgroup", "sys/fs/cgroup/cpu"];
  } catch {
    return [];
  }
}

function shareOfVersion2(folder: string, textOf: (path: string) => string): number {
  const [quota, period] = textOf(join(folder, "cpu.max")).split(" ").map(Number);
  return quota / period;
}

function shareOfVersion1(folder: string, textOf: (path: string) => string): number {
  const [quota, period] = ["quota", "period"].map((name) => Number(textOf(join(folder, `cpu.cfs_${name}_us`))));
  return quota / period;
}
