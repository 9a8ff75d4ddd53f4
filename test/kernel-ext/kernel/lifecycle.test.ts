import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, it } from "vitest";
import * as zmq from "zeromq";
import { KernelClient } from "../../../kernel-ext/client/client.js";
import { onFreePorts } from "../../../kernel-ext/client/ports.js";
import { connectSockets } from "../../../kernel-ext/client/sockets.js";
import type { ConnectionInfo } from "../../../kernel-ext/wire/connection.js";
import { headerFactory } from "../../../kernel-ext/wire/message.js";
import { comparedMasks, kernelArgv, recordMessages, result, sleep, startKernel } from "../support/kernel.js";
import { listening } from "../support/ports.js";

const folder = mkdtempSync(join(tmpdir(), "samlab-lifecycle-"));
afterAll(() => rmSync(folder, { recursive: true }));

const ports = { shell_port: 0, control_port: 0, iopub_port: 0, stdin_port: 0, hb_port: 0 };

/** Runs the kernel on a connection file of this content until it ends; without content, without a connection file. */
async function runToEnd(content: string | null): Promise<{ code: number | null; stderr: string }> {
  const file = join(folder, "connection.json");
  if (content !== null) writeFileSync(file, content);
  const argv = content === null ? kernelArgv.filter((part) => part !== "{connection_file}") : kernelArgv;
  const [program, ...args] = argv.map((part) => part.replace("{connection_file}", file));
  const child = spawn(program!, args, { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stderr };
}

/** A file that is no snapshot, where the kernel looks for one. */
function damagedSnapshot(cache: string): { blob: string } {
  const script = "import('./dist/kernel-ext/engine/snapshot/snapshot.js').then((m) => console.log(m.snapshotFile()))";
  const blob = execFileSync(process.execPath, ["-e", script], {
    encoding: "utf8",
    env: { ...process.env, SAMLAB_CACHE: cache },
  }).trim();
  mkdirSync(dirname(blob), { recursive: true });
  writeFileSync(blob, "not a snapshot");
  return { blob };
}

/** What a new client hears of the state of its first request, which it sends as soon as its sockets are made. */
async function firstAnswer(connection: ConnectionInfo): Promise<unknown[]> {
  const session = randomUUID();
  const header = headerFactory(session, "test")("kernel_info_request");
  const states: unknown[] = [];
  const sockets = connectSockets(connection, session, (channel, message) => {
    if (channel === "iopub" && message.parent.msg_id === header.msg_id) states.push(message.content.execution_state);
  });
  const parts = { identities: [], parent: "{}", metadata: "{}", content: "{}", buffers: [] };
  sockets.send("shell", { ...parts, header: JSON.stringify(header) });
  await expect
    .poll(() => states.at(-1), { timeout: 5_000 })
    .toBe("idle")
    .catch(() => {});
  sockets.close();
  return states.filter((state) => state !== undefined);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a kernel", () => {
  it("says who it is and shows that it lives, also while a cell blocks it", async () => {
    await using kernel = await startKernel();
    const { content } = await kernel.request("control", "kernel_info_request");
    expect(content).toMatchObject({
      status: "ok",
      protocol_version: "5.4",
      implementation: "samlab",
      language_info: { name: "typescript", file_extension: ".ts", mimetype: "application/typescript" },
    });
    const { promise: started, resolve: start } = signaled();
    const blocked = kernel.execute("console.log('go'); while (true) {}", { onOutput: start });
    await started;
    for (const channel of ["shell", "control"] as const) {
      expect((await kernel.request(channel, "kernel_info_request")).content.status).toBe("ok");
    }
    const heart = new zmq.Request({ linger: 0, receiveTimeout: 10_000 });
    heart.connect(`tcp://127.0.0.1:${kernel.process.connection.hb_port}`);
    await heart.send("beat");
    expect(String(await heart.receive())).toBe("beat");
    heart.close();
    await kernel.interrupt();
    expect((await blocked).reply.ename).toBe("Interrupted");
  });

  it("lets a client that connects while a cell runs hear all of its first answer", async () => {
    await using kernel = await startKernel();
    const { promise: started, resolve: start } = signaled();
    const busy = kernel.execute("console.log('go'); await new Promise(() => {})", { onOutput: start });
    await started;
    const heard = await Promise.all(Array.from({ length: 10 }, () => firstAnswer(kernel.process.connection)));
    expect(heard).toEqual(heard.map(() => ["busy", "idle"]));
    await kernel.interrupt();
    await busy;
  });

  it("drops garbage and forgeries with a warning, and goes on", async () => {
    await using kernel = await startKernel();
    const dealer = new zmq.Dealer({ linger: 0 });
    dealer.connect(`tcp://127.0.0.1:${kernel.process.connection.shell_port}`);
    await dealer.send(["nonsense"]);
    await dealer.send([
      "<IDS|MSG>",
      "0".repeat(64),
      '{"msg_id":"x","msg_type":"execute_request"}',
      "{}",
      "{}",
      '{"code":"1"}',
    ]);
    expect(result(await kernel.execute("1 + 1"))).toBe("2");
    await sleep(50);
    dealer.close();
    expect(kernel.process.stderr()).toMatch(
      /dropped a message: no <IDS\|MSG> delimiter\n.*dropped a message: wrong signature\n/s,
    );
  });

  it("works without a key", async () => {
    const file = join(folder, "no-key.json");
    const [program, ...args] = kernelArgv.map((part) => part.replace("{connection_file}", file));
    await onFreePorts(5, async ([shell_port, control_port, iopub_port, stdin_port, hb_port]) => {
      const ports = { shell_port, control_port, iopub_port, stdin_port, hb_port };
      writeFileSync(file, JSON.stringify({ ...ports, key: "", ip: "127.0.0.1", transport: "tcp" }));
      const child = spawn(program!, args, { stdio: ["ignore", "ignore", "pipe"] });
      const ended = text(child.stderr).then((error) => Promise.reject(new Error(error)));
      ended.catch(() => undefined);
      const dealer = new zmq.Dealer({ linger: 0, receiveTimeout: 20_000 });
      try {
        dealer.connect(`tcp://127.0.0.1:${shell_port}`);
        await dealer.send(["<IDS|MSG>", "", '{"msg_id":"x","msg_type":"kernel_info_request"}', "{}", "{}", "{}"]);
        const frames = (await Promise.race([dealer.receive(), ended])).map(String);
        expect(frames[1]).toBe("");
        expect(JSON.parse(frames[2]!)).toMatchObject({ msg_type: "kernel_info_reply" });
      } finally {
        dealer.close();
        child.kill();
      }
    });
  });

  it("checks types and compiles also where its compiler has no snapshot, or one that is damaged", async () => {
    const cache = join(folder, "cache");
    const { blob } = damagedSnapshot(cache);
    for (const SAMLAB_CACHE of [join(folder, "no-cache"), cache]) {
      await using kernel = await startKernel({ env: { SAMLAB_CACHE } });
      expect(result(await kernel.execute("const one: number = 1; one + 1"))).toBe("2");
      const { reply } = await kernel.execute('const two: number = "2";');
      expect(reply.status).toBe("error");
    }
    expect(readFileSync(blob, "utf8")).toBe("not a snapshot");
  });

  it("on a port in use says which one, in one line, and fails", async () => {
    const { port, close } = await listening();
    const { code, stderr } = await runToEnd(JSON.stringify({ ...ports, control_port: port }));
    await close();
    expect(code).toBe(1);
    expect(stderr).toBe(
      `samlab kernel: tcp://127.0.0.1:${port} (control) is in use by another program. Start the kernel again to get other ports.\n`,
    );
  });

  it("without a connection file says how it is started, and fails", async () => {
    const { code, stderr } = await runToEnd(null);
    expect(code).toBe(2);
    expect(stderr).toBe(
      "samlab kernel: it needs one argument, the path of a connection file. Let Jupyter start it: run `samlab kernel install`, and choose the kernel in JupyterLab.\n",
    );
  });

  it("with a useless connection file says why and fails", async () => {
    expect(await runToEnd(JSON.stringify({ ...ports, hb_port: "x" }))).toEqual({
      code: 2,
      stderr: "samlab kernel: connection file: hb_port must be an integer\n",
    });
  });
});

describe("a kernel ends", () => {
  it("quickly when asked, and says whether it is to come back", async () => {
    const kernel = await startKernel();
    await kernel.execute("1");
    const messages = recordMessages(kernel);
    const asked = performance.now();
    kernel.request("control", "shutdown_request", { restart: true }).catch(() => {});
    expect(await kernel.process.exited).toBe(0);
    expect(performance.now() - asked).toBeLessThan(2_000);
    const replies = messages.filter(({ header }) => header.msg_type === "shutdown_reply");
    expect(replies.map(({ content }) => content)).toContainEqual({ status: "ok", restart: true });
    expect(kernel.process.stderr()).toBe("");
  });

  it("after the pictures of widgets that have just changed", async () => {
    const kernel = await startKernel();
    const shown = await kernel.execute(comparedMasks);
    expect(JSON.stringify(shown.outputs)).toContain("axial slice 1");
    const messages = recordMessages(kernel);
    await kernel.execute("void setTimeout(() => compared.goTo(3), 1);");
    await expect.poll(() => messages.some(({ header }) => header.msg_type === "comm_msg"), { interval: 5 }).toBe(true);
    kernel.request("control", "shutdown_request", { restart: false }).catch(() => {});
    expect(await kernel.process.exited).toBe(0);
    const update = messages.findLast(({ header }) => header.msg_type === "update_display_data");
    expect(JSON.stringify(update?.content)).toContain("axial slice 3");
  });

  it("when asked in the middle of a loop", async () => {
    const kernel = await startKernel();
    const { promise: started, resolve: start } = signaled();
    const cell = kernel.execute("console.log('go'); while (true) {}", { onOutput: start });
    cell.catch(() => {});
    await started;
    const asked = performance.now();
    await kernel.shutdown();
    expect(performance.now() - asked).toBeLessThan(2_000);
    await expect(cell).rejects.toThrow("The kernel has ended");
  });

  it("with the process that started it, also in the middle of a loop", async () => {
    const parent = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    const kernel = await startKernel({ env: { JPY_PARENT_PID: String(parent.pid) } });
    const { promise: started, resolve: start } = signaled();
    kernel.execute("console.log('go'); while (true) {}", { onOutput: start }).catch(() => {});
    await started;
    expect(isAlive(kernel.process.child.pid!)).toBe(true);
    parent.kill("SIGKILL");
    await kernel.process.exited;
  });

  it("and its client says what it said", async () => {
    const argv = [process.execPath, "-e", "console.error('no such thing'); process.exit(7)"];
    await expect(KernelClient.launch(argv)).rejects.toThrow(
      "The kernel has ended (exit code 7). It said: no such thing",
    );
  });
});

function signaled(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
