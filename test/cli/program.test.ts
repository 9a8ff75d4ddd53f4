import { spawn } from "node:child_process";
import { once } from "node:events";
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
