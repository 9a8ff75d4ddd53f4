import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as zmq from "zeromq";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { encodeFrames } from "../../../kernel-ext/wire/codec.js";
import { headerFactory } from "../../../kernel-ext/wire/message.js";
import { createSigner } from "../../../kernel-ext/wire/signature.js";
import { failure, result, sleep, startKernel, written } from "../support/kernel.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
  await kernel.execute(`import * as rl from "node:readline/promises"; import { createInterface } from "node:readline";
    const open = () => rl.createInterface({ input: process.stdin, output: process.stdout });`);
});
afterAll(() => kernel.shutdown());

/** Runs a cell and answers its questions in turn; questions beyond the answers stay open. */
async function ask(code: string, ...answers: string[]) {
  const asked: string[] = [];
  const ran = await kernel.execute(code, {
    onInput: ({ prompt, password }) => {
      asked.push(password ? `${prompt} (hidden)` : prompt);
      return answers.length > 0 ? answers.shift()! : new Promise(() => {});
    },
  });
  return { ran, asked, value: result(ran) };
}

/** Interrupts once the cell has asked. */
async function interruptAsked(code: string) {
  const ran = await kernel.execute(code, {
    onInput: () => {
      setTimeout(() => void kernel.interrupt(), 20);
      return new Promise(() => {});
    },
  });
  return ran.reply;
}

describe("a cell asks its user", () => {
  it.each([
    ["by input()", "await input('name? ')", ["Ada"], ["name? "], "'Ada'"],
    ["by the input of samlab", "import { input as ask } from 'samlab'; await ask()", ["Bo"], [""], "'Bo'"],
    ["for a password", "await input('token', { password: true })", ["s3cret"], ["token (hidden)"], "'s3cret'"],
    ["by prompt(), which blocks", "prompt('age?') + 1", ["4"], ["age?"], "'41'"],
    ["by prompt() with a default", "prompt('age?', '7')", [""], ["age?"], "'7'"],
    [
      "one question after the other",
      "[await input('a'), prompt('b'), await input('c')].join()",
      ["1", "2", "3"],
      ["a", "b", "c"],
      "'1,2,3'",
    ],
    [
      "several questions at once",
      "(await Promise.all([input('a'), input('b')])).join()",
      ["1", "2"],
      ["a", "b"],
      "'1,2'",
    ],
    [
      "by readline with promises",
      "const r = open(); const answers = [await r.question('x? '), await r.question('y? ')]; r.close(); answers.join()",
      ["1", "2"],
      ["", ""],
      "'1,2'",
    ],
    [
      "by readline with callbacks, left open",
      "const kept = createInterface({ input: process.stdin, output: process.stdout });" +
        "await new Promise((done) => kept.question('who? ', done))",
      ["me"],
      [""],
      "'me'",
    ],
    [
      "by a readline of an earlier cell",
      "await new Promise((done) => kept.question('who? ', done))",
      ["you"],
      [""],
      "'you'",
    ],
    [
      "for the lines of process.stdin",
      "kept.close(); process.stdin.resume(); await new Promise((done) => process.stdin.once('data', (line) => { process.stdin.pause(); done(String(line)); }))",
      ["line"],
      [""],
      "'line\\n'",
    ],
  ])("%s", async (_, code, answers, questions, value) => {
    const { ran, asked, ...rest } = await ask(code, ...answers);
    expect(ran.reply).toMatchObject({ status: "ok" });
    expect({ asked, ...rest }).toEqual({ asked: questions, value });
  });

  it("and shows the question of readline as output", async () => {
    const { ran } = await ask("const q = open(); await q.question('which? '); q.close();", "this");
    expect(written(ran)).toBe("which? ");
  });

  it("but not when it only has a readline open", async () => {
    const { asked } = await ask("1 + 1", "never");
    await sleep(30);
    expect(asked).toEqual([]);
  });

  it.each(["await input('x')", "prompt('x')", "const n = open(); await n.question('x')"])(
    "and is told at once where there is none: %s",
    async (code) => {
      const ran = await kernel.execute(code);
      expect(failure(ran)).toMatchObject({ ename: "SamlabError" });
      expect(failure(ran)?.evalue).toBe(
        "Input is not possible here: the notebook runs without a user. Set the value in the code, or run the cell in JupyterLab.",
      );
    },
  );

  it("only while it runs", async () => {
    const { ran } = await ask(
      "let late = ''; setTimeout(() => input('too late').catch((e) => { late = e.message }), 30); undefined",
    );
    expect(ran.reply.status).toBe("ok");
    await sleep(60);
    expect(result(await kernel.execute("late"))).toContain("Only the running cell can ask for input.");
  });

  it.each([
    ["input()", "await input('wait')"],
    ["prompt()", "prompt('wait')"],
    ["prompt() in a loop that catches everything", "for (;;) { try { prompt('wait') } catch {} }"],
    ["readline", "const i = open(); await i.question('wait')"],
  ])("and is interrupted while it waits by %s; the next cell asks anew", async (_, code) => {
    expect(await interruptAsked(code)).toMatchObject({ status: "error", ename: "Interrupted" });
    expect((await ask("await input('next')", "answer")).value).toBe("'answer'");
    expect((await ask("prompt('next')", "answer")).value).toBe("'answer'");
  });

  it("and a question that the cell did not wait for ends with it", async () => {
    const { ran } = await ask("void input('unanswered'); 1");
    expect(result(ran)).toBe("1");
    expect((await ask("await input('next')", "mine")).value).toBe("'mine'");
  });
});

describe("an answer", () => {
  it("to another question, or from someone else, is not taken", async () => {
    const { connection } = kernel.process;
    const stranger = new zmq.Dealer({ linger: 0, routingId: "stranger" });
    stranger.connect(`tcp://127.0.0.1:${connection.stdin_port}`);
    const signer = createSigner(connection.key, connection.signature_scheme);
    const newHeader = headerFactory(randomUUID(), "stranger");
    const reply = (parent: string, content: string) =>
      stranger.send(
        encodeFrames(
          {
            identities: [],
            header: JSON.stringify(newHeader("input_reply")),
            parent,
            metadata: "{}",
            content,
            buffers: [],
          },
          signer,
        ),
      );
    const ran = await kernel.execute("await input('which?')", {
      onInput: async () => {
        await reply('{"msg_id":"of an earlier question"}', '{"value":"late"}');
        await reply("{}", '{"value":"strange"}');
        await reply("[]", "null");
        await sleep(50);
        return "right";
      },
    });
    stranger.close();
    expect(result(ran)).toBe("'right'");
  });
});
