import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { checkPort } from "../../../kernel-ext/setup/serve.js";
import { browserTestsCanRun } from "../../browser/requirements.js";
import { built } from "../../support/built.js";
import { temporaryFolders } from "../../support/temporary.js";
import { root } from "../support/kernel.js";

const folder = temporaryFolders();

it("refuses a port that is in use, and takes it once it is free", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await expect(checkPort(port)).rejects.toMatchObject({
    code: "environment",
    message: `Port ${port} is in use. Choose another with --port, or leave it out and the next free one is taken.`,
  });
  await new Promise((resolve) => server.close(resolve));
  await checkPort(port);
});

it.each([0, -1, 65536, Number.NaN])("refuses %s, which is no port", async (port) => {
  await expect(checkPort(port)).rejects.toMatchObject({ code: "argument-invalid", field: "port" });
});

describe.skipIf(!browserTestsCanRun())("JupyterLab without a browser", () => {
  it("prints addresses that open the notebook", { timeout: 60_000 }, async () => {
    const serve = JSON.stringify(built("kernel-ext", "setup", "serve.js"));
    const options = JSON.stringify({ notebook: "notebooks/00-start.ipynb", browser: false });
    const code = `import { serve } from ${serve}; await serve(${JSON.stringify(root)}, ${options});`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
      env: { ...process.env, JUPYTER_RUNTIME_DIR: await folder() },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    try {
      const address = /http:\/\/127\.0\.0\.1:\d+(\S+)\?token=/;
      await expect.poll(() => address.exec(text)?.[1], { timeout: 50_000 }).toBe("/lab/tree/notebooks/00-start.ipynb");
    } finally {
      child.kill();
      await once(child, "exit");
    }
  });
});
