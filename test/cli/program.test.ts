import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { expect, it } from "vitest";
import { built } from "../support/built.js";

it.each(["models", "--help"])("ends as ever when nobody reads what %s prints", { timeout: 30_000 }, async (command) => {
  const child = spawn(process.execPath, [built("kernel-ext", "cli", "main.js"), command], { stdio: "pipe" });
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.stdout.destroy();
  const [code] = await once(child, "close");
  expect([code, err]).toEqual([0, ""]);
});

it.skipIf(!existsSync("/dev/full"))("says that the disk is full for what it prints", { timeout: 30_000 }, async () => {
  const full = openSync("/dev/full", "w");
  const child = spawn(process.execPath, [built("kernel-ext", "cli", "main.js"), "models"], {
    stdio: ["ignore", full, "pipe"],
  });
  closeSync(full);
  let err = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code] = await once(child, "close");
  expect([code, err]).toEqual([1, "samlab: What it prints could not be written (ENOSPC).\n"]);
});
