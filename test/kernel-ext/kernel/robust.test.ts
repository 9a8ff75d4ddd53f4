import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as zmq from "zeromq";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { decodeFrames, encodeFrames } from "../../../kernel-ext/wire/codec.js";
import { SOCKET_NAMES } from "../../../kernel-ext/wire/connection.js";
import { headerFactory, parseMessage } from "../../../kernel-ext/wire/message.js";
import { createSigner } from "../../../kernel-ext/wire/signature.js";
import { seededBytes } from "../support/bytes.js";
import { failure, recordMessages, result, sleep, startKernel, written } from "../support/kernel.js";

/** What a front end sends by hand, signed as it must be. */
class RawClient {
  readonly #dealer: zmq.Dealer;
  readonly #signer;
  readonly #newHeader = headerFactory(randomUUID(), "raw");

  constructor({ process: { connection } }: KernelClient, channel: "shell" | "control", routingId: string) {
    this.#dealer = new zmq.Dealer({ linger: 0, receiveTimeout: 10_000, routingId });
    this.#dealer.connect(`tcp://127.0.0.1:${connection[`${channel}_port`]}`);
    this.#signer = createSigner(connection.key, connection.signature_scheme);
  }

  async ask(type: string, content: string, parts: { metadata?: string; parent?: string } = {}) {
    const header = JSON.stringify(this.#newHeader(type));
    const message = { identities: [], header, parent: "{}", metadata: "{}", content, buffers: [], ...parts };
    await this.#dealer.send(encodeFrames(message, this.#signer));
    return parseMessage(decodeFrames(await this.#dealer.receive(), this.#signer));
  }

  close(): void {
    this.#dealer.close();
  }
}

describe("a kernel lives on", () => {
  let kernel: KernelClient;
  beforeAll(async () => {
    kernel = await startKernel();
  });
  afterAll(() => kernel.shutdown());

  async function sendBytes(port: number, bytes: Uint8Array): Promise<void> {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    await new Promise<void>((done) => socket.end(bytes, done));
  }

  // The second one announces itself as zeromq does, the third is a peer of its first version, with messages.
  const garbage = seededBytes(4096, 36);
  const greeting = Uint8Array.of(0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3);
  const firstVersion = Uint8Array.of(1, 0, ...Array.from({ length: 50 }, () => [5, 0, 1, 2, 3, 4]).flat());

  it.each(SOCKET_NAMES)("when its %s port gets garbage", async (name) => {
    const port = kernel.process.connection[`${name}_port`];
    for (const bytes of [garbage, Buffer.concat([greeting, garbage]), firstVersion, greeting.subarray(0, 4)]) {
      await sendBytes(port, bytes);
    }
    await sleep(100);
    expect(result(await kernel.execute("1 + 1"))).toBe("2");
    const heart = new zmq.Request({ linger: 0, receiveTimeout: 5_000 });
    heart.connect(`tcp://127.0.0.1:${kernel.process.connection.hb_port}`);
    await heart.send("beat");
    expect(String(await heart.receive())).toBe("beat");
    heart.close();
  });

  it("and answers a second client of the same identity", async () => {
    const first = new RawClient(kernel, "shell", "twin");
    expect((await first.ask("kernel_info_request", "{}")).content.status).toBe("ok");
    const second = new RawClient(kernel, "shell", "twin");
    expect((await second.ask("kernel_info_request", "{}")).content.status).toBe("ok");
    first.close();
    second.close();
  });

  it.each([
    ["execute_request", '{"code":5}', "execute_request: content.code is 5; it must be text"],
    ["execute_request", "{}", "execute_request: content.code is missing; it must be text"],
    [
      "execute_request",
      '{"code":"1","user_expressions":[]}',
      "execute_request: content.user_expressions is []; it must be an object",
    ],
    ["complete_request", '{"code":"a","cursor_pos":"x"}', 'content.cursor_pos is "x"; it must be a whole number'],
    ["inspect_request", '{"code":null}', "content.code is null; it must be text"],
    ["is_complete_request", "[]", "the content of a message must be a JSON object"],
    ["history_request", "null", "the content of a message must be a JSON object"],
    ["execute_request", "{ not json", "JSON"],
    ["weird_request", "{}", "This kernel does not know weird_request."],
  ])("and answers a wrong %s (%s)", async (type, content, message) => {
    const client = new RawClient(kernel, "shell", randomUUID());
    const { header, content: reply } = await client.ask(type, content);
    client.close();
    expect(header.msg_type).toBe(type.replace("_request", "_reply"));
    expect(reply).toMatchObject({ status: "error", evalue: expect.stringContaining(message) });
  });

  it("and answers a comm message without an id by idle", async () => {
    const messages = recordMessages(kernel);
    const dealer = new RawClient(kernel, "shell", randomUUID());
    void dealer.ask("comm_msg", '{"data":{}}').catch(() => {});
    await expect
      .poll(() => messages.filter(({ parent }) => parent.msg_type === "comm_msg").map(({ content }) => content))
      .toEqual([{ execution_state: "busy" }, { execution_state: "idle" }]);
    dealer.close();
    expect(kernel.process.stderr()).toContain("comm_msg: content.comm_id is missing; it must be text");
  });

  it("through frames that are no message at all", async () => {
    for (const name of ["shell", "control", "stdin"] as const) {
      const dealer = new zmq.Dealer({ linger: 0 });
      dealer.connect(`tcp://127.0.0.1:${kernel.process.connection[`${name}_port`]}`);
      for (const frames of [[""], ["", "", ""], ["<IDS|MSG>"], ["<IDS|MSG>", "", "", "", "", ""], [garbage]]) {
        await dealer.send(frames);
      }
      await sleep(20);
      dealer.close();
    }
    expect(result(await kernel.execute("2 + 2"))).toBe("4");
  });

  it("and takes a message of 64 MB", async () => {
    await kernel.openComm("nobody", { text: "x".repeat(64 * 2 ** 20) });
    expect(result(await kernel.execute("5 + 5"))).toBe("10");
  });

  it("a cell whose callback throws, which ends that cell", async () => {
    const ran = await kernel.execute("await new Promise(() => setTimeout(() => { throw new Error('lost') }, 5))");
    expect(ran.reply).toMatchObject({ status: "error", ename: "Error", evalue: "lost" });
    expect(failure(ran)?.traceback).toContain("Cell [");
    expect(result(await kernel.execute("3 + 3"))).toBe("6");
  });

  it("a rejection that nobody handles, and says so under its cell", async () => {
    const ran = await kernel.execute(
      "void Promise.reject(new Error('nobody cares')); await new Promise((done) => setTimeout(done, 20)); 'done'",
    );
    expect(result(ran)).toBe("'done'");
    const said = stripVTControlCharacters(written(ran, "stderr"));
    expect(said).toContain("Uncaught (in promise) Error: nobody cares");
  });
});

describe("a cell that ends the kernel", () => {
  it("by process.exit() is told so, with its output before", async () => {
    const kernel = await startKernel();
    const ran = await kernel.execute("console.log('last words'); process.exit(3)");
    expect(written(ran)).toBe("last words\n");
    expect(ran.reply).toMatchObject({ status: "error", ename: "KernelExit" });
    expect(failure(ran)?.evalue).toBe(
      "The cell ended the kernel by calling process.exit(3); its variables are lost. Run the notebook from the top. " +
        "To end a cell early, throw an error instead.",
    );
    expect(await kernel.process.exited).toBe(3);
  });

  it("by filling the memory is stopped before it does, and told so", async () => {
    await using kernel = await startKernel({ env: { NODE_OPTIONS: "--max-old-space-size=200" } });
    await kernel.execute("const kept = 'kept'");
    const ran = await kernel.execute(
      "{ const all: unknown[] = []; for (;;) all.push(Array.from({ length: 100 }, (_, i) => ({ i }))); }",
    );
    expect(ran.reply).toMatchObject({ status: "error", ename: "Interrupted" });
    expect(written(ran, "stderr")).toMatch(
      /JavaScript's memory is nearly full \(0\.\d of 0\.\d GB\), so this cell is stopped/,
    );
    expect(result(await kernel.execute("kept"))).toBe("'kept'");
  });
});

describe("child processes", () => {
  /** One that ends when asked, one that does not, and one below another. */
  const spawnThem = `import { spawn } from "node:child_process";
    const shells = ["sleep 300", "trap '' TERM; while true; do sleep 0.1; done", "sh -c 'sleep 301; true'; true"];
    const pids = shells.map((shell) => spawn("sh", ["-c", shell], { stdio: "ignore" }).pid);
    const daemon = spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
    daemon.unref();
    console.log(JSON.stringify({ pids, daemon: daemon.pid })); undefined`;

  async function started(kernel: KernelClient): Promise<{ pids: number[]; daemon: number; all: number[] }> {
    const { pids, daemon } = JSON.parse(written(await kernel.execute(spawnThem))) as { pids: number[]; daemon: number };
    await sleep(100);
    const all = [...pids, ...childrenOf(pids[2]!)];
    expect(all.length).toBe(4);
    expect(all.every(isAlive)).toBe(true);
    return { pids, daemon, all };
  }

  it.each([
    ["a shutdown", (kernel: KernelClient) => kernel.shutdown()],
    ["process.exit()", (kernel: KernelClient) => kernel.execute("process.exit()").then(() => kernel.process.exited)],
    [
      "a shutdown in the middle of a loop",
      async (kernel: KernelClient) => {
        kernel.execute("while (true) {}").catch(() => {});
        await sleep(100);
        await kernel.shutdown();
      },
    ],
  ])("end with their kernel on %s, but for detached ones", async (_, end) => {
    const kernel = await startKernel();
    const { all, daemon } = await started(kernel);
    await end(kernel);
    expect(all.filter(isAlive)).toEqual([]);
    expect(isAlive(daemon)).toBe(true);
    process.kill(daemon, "SIGKILL");
  });

  it("end with the process that started their kernel", async () => {
    const parent = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    const kernel = await startKernel({ env: { JPY_PARENT_PID: String(parent.pid) } });
    const { all, daemon } = await started(kernel);
    parent.kill("SIGKILL");
    await kernel.process.exited;
    expect(all.filter(isAlive)).toEqual([]);
    process.kill(daemon, "SIGKILL");
  });
});

/** A process that has ended but not been asked for its code counts as ended. */
function isAlive(pid: number): boolean {
  const state = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
  return state !== "" && !state.startsWith("Z");
}

function childrenOf(pid: number): number[] {
  const lines = spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" })
    .stdout.trim()
    .split("\n");
  return lines.filter((line) => line !== "").map(Number);
}
