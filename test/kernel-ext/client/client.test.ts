import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { KernelClient } from "../../../kernel-ext/client/client.js";
import { temporaryFolders } from "../../support/temporary.js";
import { kernelArgv, result } from "../support/kernel.js";

const makeFolder = temporaryFolders();

/** Starts the kernel of its arguments; before, another program takes one of its ports, the first `times` times. */
const taker = `
import { spawn } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
const [log, times, file, program, ...args] = process.argv.slice(2);
const { hb_port } = JSON.parse(readFileSync(file, "utf8"));
appendFileSync(log, hb_port + "\\n");
if (readFileSync(log, "utf8").trim().split("\\n").length <= Number(times)) {
  await new Promise((resolve) => createServer().listen(hb_port, "127.0.0.1", resolve));
}
spawn(program, args, { stdio: "inherit" }).once("exit", (code) => process.exit(code));
`;

async function argvWithTaken(times: number): Promise<{ log: string; argv: string[] }> {
  const folder = await makeFolder();
  const [script, log] = [join(folder, "taker.mjs"), join(folder, "ports.txt")];
  await writeFile(script, taker);
  return { log, argv: [process.execPath, script, log, String(times), "{connection_file}", ...kernelArgv] };
}

it("a kernel whose port another program has taken is started again with other ports", async () => {
  const { log, argv } = await argvWithTaken(1);
  const kernel = await KernelClient.launch(argv);
  expect(result(await kernel.execute("1 + 1"))).toBe("2");
  await kernel.shutdown();
  const [first, second, ...others] = (await readFile(log, "utf8")).trim().split("\n");
  expect(others).toEqual([]);
  expect(second).not.toBe(first);
});

it("says which port it is where that happens each time", async () => {
  const { log, argv } = await argvWithTaken(9);
  await expect(KernelClient.launch(argv)).rejects.toThrow(/\(hb\) is in use by another program/);
  expect((await readFile(log, "utf8")).trim().split("\n")).toHaveLength(3);
});
