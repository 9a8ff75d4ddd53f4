import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { failure, recordMessages, result, startKernel, written } from "../support/kernel.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
});
afterAll(() => kernel.shutdown());

describe("a cell", () => {
  it("gives the value of its last expression", async () => {
    expect(result(await kernel.execute("6 * 7"))).toBe("42");
    expect(result(await kernel.execute("null"))).toBe("null");
    expect((await kernel.execute("undefined")).outputs).toEqual([]);
    expect((await kernel.execute("const quiet = 1;")).outputs).toEqual([]);
  });

  it("is answered in one session: JupyterLab drops messages that it has not handled when one of another session comes", async () => {
    const messages = recordMessages(kernel);
    const openComm =
      'import { openComm } from "samlab"; openComm("nobody", {}); display("shown"); console.log("said"); 1';
    await kernel.execute(`import { display } from "samlab"; ${openComm}`);
    await kernel.request("control", "kernel_info_request");
    await kernel.request("control", "debug_request", { type: "request", seq: 1, command: "debugInfo" });
    await kernel.complete("Math.ma");
    expect(new Set(messages.map(({ header }) => header.session)).size).toBe(1);
    const types = new Set(messages.map(({ header }) => header.msg_type));
    for (const type of [
      "status",
      "stream",
      "display_data",
      "execute_result",
      "comm_open",
      "execute_reply",
      "debug_reply",
    ]) {
      expect(types).toContain(type);
    }
  });

  it("keeps its names for the next ones, types included", async () => {
    await kernel.execute("let total = 1; interface Point { x: number }; function double(n: number) { return 2 * n }");
    expect(result(await kernel.execute("total += 1; const p: Point = { x: double(total) }; p"))).toBe("{ x: 4 }");
    expect(failure(await kernel.execute("double('2')"))?.evalue).toContain(
      "not assignable to parameter of type 'number'",
    );
  });

  it("may await at the top", async () => {
    const cell = "const late = await new Promise<string>((done) => setTimeout(() => done('now'), 5)); late";
    expect(result(await kernel.execute(cell))).toBe("'now'");
  });

  it("may declare a name anew with another type", async () => {
    await kernel.execute("const changing = 1;");
    expect(result(await kernel.execute("const changing = 'text'; changing.length"))).toBe("4");
  });

  it("runs within one count: input, output, reply", async () => {
    const messages = recordMessages(kernel);
    const { reply } = await kernel.execute("console.log('a'); 1");
    const types = messages.map(({ header, content }) =>
      header.msg_type === "status" ? content.execution_state : header.msg_type,
    );
    expect(types.filter((type) => type !== "execute_reply")).toEqual([
      "busy",
      "execute_input",
      "stream",
      "execute_result",
      "idle",
    ]);
    expect(reply).toMatchObject({ status: "ok", payload: [], user_expressions: {} });
    const counts = messages.flatMap(({ content }) => content.execution_count ?? []);
    expect(new Set(counts)).toEqual(new Set([reply.execution_count]));
    const { reply: next } = await kernel.execute("1");
    expect(next.execution_count).toBe(Number(reply.execution_count) + 1);
  });

  it("evaluates user expressions, each by itself", async () => {
    const { reply } = await kernel.execute("const base = 20;", { userExpressions: { good: "base + 1", bad: "nope" } });
    expect(reply.user_expressions).toMatchObject({
      good: { status: "ok", data: { "text/plain": "21" } },
      bad: { status: "error", evalue: "Cannot find name 'nope'." },
    });
  });

  it("is not seen when silent, and does not count when not stored", async () => {
    const before = Number((await kernel.execute("1")).reply.execution_count);
    const silent = await kernel.execute("console.log('hidden'); 5", { silent: true });
    expect(silent).toMatchObject({ reply: { status: "ok" }, outputs: [] });
    expect((await kernel.execute("throw new Error('hidden')", { silent: true })).outputs).toEqual([]);
    expect(result(await kernel.execute("7", { storeHistory: false }))).toBe("7");
    expect((await kernel.execute("1")).reply.execution_count).toBe(before + 1);
  });

  it("explains a name with a question mark", async () => {
    expect(failure(await kernel.execute("nosuch?"))).toEqual({
      ename: "ReferenceError",
      evalue: "Nothing is known about nosuch.",
      traceback: "ReferenceError: Nothing is known about nosuch.",
    });
    const { reply } = await kernel.execute("Math.max?");
    expect(reply.payload).toMatchObject([
      { source: "page", data: { "text/plain": expect.stringContaining("larger") } },
    ]);
  });

  it("makes a module that other cells import", async () => {
    await kernel.execute("/** @module shapes */\nexport function area(a: number) { return a * a }");
    expect(result(await kernel.execute("import { area } from './shapes'; area(3)"))).toBe("9");
  });
});

describe("the queue", () => {
  const statuses = async (codes: string[], stopOnError: boolean) =>
    (await Promise.all(codes.map((code) => kernel.execute(code, { stopOnError })))).map(({ reply }) => reply.status);

  it("drops what was queued behind a failing cell, and only that", async () => {
    expect(await statuses(["1", "throw 1", "2", "3"], true)).toEqual(["ok", "error", "aborted", "aborted"]);
    for (let i = 0; i < 20; i++) {
      await kernel.execute("throw 1");
      expect((await kernel.execute("1")).reply.status).toBe("ok");
    }
  });

  it("goes on when the front end wants that", async () => {
    expect(await statuses(["throw 1", "2"], false)).toEqual(["error", "ok"]);
  });
});

describe("output", () => {
  it("of 100 000 lines arrives whole, in order, before idle", async () => {
    const text = written(await kernel.execute("for (let i = 0; i < 100_000; i++) console.log(i);"));
    const lines = text.split("\n");
    expect(lines).toHaveLength(100_001);
    expect(lines.findIndex((line, i) => i < 100_000 && line !== String(i))).toBe(-1);
  });

  it("without end does not fill the memory", async () => {
    const ran = await kernel.execute(`const line = "x".repeat(99); const before = process.memoryUsage().rss;
      for (let i = 0; i < 2_500_000; i++) console.log(line);
      (process.memoryUsage().rss - before) / 2 ** 20`);
    expect(written(ran)).toHaveLength(250_000_000);
    expect(Number(result(ran))).toBeLessThan(250);
  });

  it("comes while a cell computes without pause, to the last line", async () => {
    let seen = "";
    const running = kernel.execute("console.log(1); console.error(2); console.log(3); while (true) {}", {
      onOutput: (output) => {
        if ("text" in output) seen += output.text;
      },
    });
    await expect.poll(() => seen).toBe("1\n2\n3\n");
    await kernel.interrupt();
    await running;
  });

  it("is one output where a cell prints some lines", async () => {
    expect((await kernel.execute("for (let i = 0; i < 3; i++) console.log(i)")).outputs).toEqual([
      { output_type: "stream", name: "stdout", text: "0\n1\n2\n" },
    ]);
  });

  it("goes to the stream it was written to, formatted as Node does", async () => {
    const cell = `console.log("%s is %d", "a", 1, { b: [1] }); console.error("bad");
      process.stdout.write("raw"); process.stderr.write(Buffer.from("ü"));
      process.stdout.write("YcO8", "base64"); process.stdout.write("c3bc", "hex"); process.stdout.write("ä", "utf-8");`;
    const ran = await kernel.execute(cell);
    expect(written(ran)).toBe("a is 1 { b: [ 1 ] }\nrawaüüä");
    expect(written(ran, "stderr")).toBe("bad\nü");
  });

  it("from timers and promises belongs to the cell that started them", async () => {
    const messages = recordMessages(kernel);
    const first = await kernel.execute(`setTimeout(() => console.log("timer"), 30);
      (async () => { await new Promise((r) => setTimeout(r, 40)); console.log("promise") })(); undefined`);
    await kernel.execute("await new Promise((r) => setTimeout(r, 100)); console.log('second')");
    const of = (word: string) =>
      messages.find(({ header, content }) => header.msg_type === "stream" && String(content.text).includes(word));
    const input = (code: string) =>
      messages.find(
        ({ header, content }) => header.msg_type === "execute_input" && String(content.code).includes(code),
      );
    expect(first.outputs).toEqual([]);
    expect(of("timer")?.parent.msg_id).toBe(input("setTimeout(() =>")?.parent.msg_id);
    expect(of("promise")?.parent.msg_id).toBe(input("setTimeout(() =>")?.parent.msg_id);
    expect(of("second")?.parent.msg_id).toBe(input("'second'")?.parent.msg_id);
  });

  it("keeps its order, whatever its kind", async () => {
    const { outputs } = await kernel.execute(`import { display } from "samlab";
      console.log(1); console.log(2); display(3); console.log(4); console.log(5); console.error(6); 7`);
    const shown = outputs.map((output) =>
      "text" in output ? output.text : "data" in output && output.data["text/plain"],
    );
    expect(shown).toEqual(["1\n2\n", "3", "4\n5\n", "6\n", "7"]);
  });

  it("can be shown, changed and cleared", async () => {
    const shown = await kernel.execute(`import { clearOutput, display } from "samlab";
      console.log("gone"); clearOutput(); const handle = display({ "text/html": "<b>1</b>" }); undefined`);
    expect(shown.outputs).toEqual([
      { output_type: "display_data", data: { "text/html": "<b>1</b>", "text/plain": "text/html" }, metadata: {} },
    ]);
    await kernel.execute(`handle.update({ "text/html": "<b>2</b>" })`);
    expect(shown.outputs[0]).toMatchObject({ data: { "text/html": "<b>2</b>" } });
  });

  it("of tslab's own display works", async () => {
    const { outputs } = await kernel.execute(`import * as tslab from "tslab";
      tslab.display.html("<i>x</i>"); const d = tslab.newDisplay(); d.text("1"); d.text("2");
      tslab.display.png(new Uint8Array([1, 2]))`);
    expect(outputs.map((output) => "data" in output && output.data)).toEqual([
      { "text/html": "<i>x</i>" },
      { "text/plain": "2" },
      { "image/png": "AQI=" },
    ]);
  });

  it("of a value that fails to show itself is an error under the cell, and the cell goes on", async () => {
    const last = await kernel.execute("({ [Symbol.for('Jupyter.display')]() { throw new Error('no picture') } })");
    expect(failure(last)).toMatchObject({ ename: "Error", evalue: "no picture" });
    expect([last.reply.status, result(last)]).toEqual(["ok", expect.stringContaining("Jupyter.display")]);
    const circular =
      "const c: any = {}; c.c = c; ({ [Symbol.for('Jupyter.display')]: () => ({ 'application/json': c }) })";
    expect(failure(await kernel.execute(circular))?.evalue).toContain("contains itself");
    const later = await kernel.execute(`import { display } from "samlab";
      display({ [Symbol.for("Jupyter.display")]: async () => { throw new Error("none either") } });
      display({ toHtml() { throw new Error("nor here") } }); 1`);
    expect(
      later.outputs
        .map((output) => "evalue" in output && output.evalue)
        .filter(Boolean)
        .sort(),
    ).toEqual(["none either", "nor here"]);
    expect([later.reply.status, result(later)]).toEqual(["ok", "1"]);
  });

  it("that is the handle of what was shown is not echoed", async () => {
    const shown = await kernel.execute(`import { display } from "samlab"; display(1)`);
    expect(shown.outputs).toHaveLength(1);
    const handle = await kernel.execute(`const handle1 = display(2); display(handle1)`);
    expect(handle.outputs.map((output) => "data" in output && output.data["text/plain"])).toEqual([
      "2",
      expect.stringMatching(/^DisplayHandle\(.+\)$/),
    ]);
  });

  it("carries metadata: of a call, and of the value of a cell", async () => {
    const { outputs } = await kernel.execute(`import { display } from "samlab";
      display({ "image/png": "AA==" }, { metadata: { "image/png": { width: 3 } } });
      ({ [Symbol.for("Jupyter.display")]: () => [{ "image/png": "AA==" }, { "image/png": { height: 5 } }] })`);
    expect(outputs.map((output) => "metadata" in output && output.metadata)).toEqual([
      { "image/png": { width: 3 } },
      { "image/png": { height: 5 } },
    ]);
  });

  it("is a picture for a volume and a mask, also by display(), in its place among the rest", async () => {
    const cell = `import { display, MaskVolume, Volume } from "samlab";
      const grid = { size: [4, 4, 4] as const, affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], source: "made" };
      const volume = new Volume({ ...grid, data: new Float32Array(64), window: { low: 0, high: 1, name: "w" } });
      display(volume); console.log("after"); new MaskVolume({ ...grid, data: new Uint8Array(64) })`;
    const { outputs } = await kernel.execute(cell);
    expect(outputs).toMatchObject([
      {
        data: {
          "image/png": expect.stringMatching(/^iVBOR/),
          "text/plain": expect.stringMatching(/^Volume 4 × 4 × 4/),
        },
      },
      { text: "after\n" },
      { data: { "image/png": expect.stringMatching(/^iVBOR/), "text/plain": expect.stringMatching(/^MaskVolume/) } },
    ]);
  });
});

describe("an error", () => {
  it("of types stands under the cell as the compiler sets it", async () => {
    const ran = await kernel.execute('const fine = 1;\n  const wrong: number = "text";');
    const count = ran.reply.execution_count;
    expect(failure(ran)).toEqual({
      ename: "TypeScript error",
      evalue: "Type 'string' is not assignable to type 'number'.",
      traceback: [
        `Cell [${count}]:2:9 - error TS2322: Type 'string' is not assignable to type 'number'.`,
        "",
        '2   const wrong: number = "text";',
        "          ~~~~~",
      ].join("\n"),
    });
    expect(ran.reply).toMatchObject({ status: "error", ename: "TypeScript error" });
  });

  it("names cells and the lines that were written, not those of the compiled code", async () => {
    const defined = await kernel.execute(
      "interface Gone {}\n\n\nfunction fail(n: number): never {\n\n  throw new RangeError('no ' + n);\n}",
    );
    const called = await kernel.execute("\n\nfail(3);");
    const [a, b] = [defined.reply.execution_count, called.reply.execution_count];
    expect(failure(called)).toEqual({
      ename: "RangeError",
      evalue: "no 3",
      traceback: [
        "RangeError: no 3",
        `    at fail (Cell [${a}]:6:9)`,
        `    at Cell [${b}]:3:1`,
        "",
        "6   throw new RangeError('no ' + n);",
        "          ~",
      ].join("\n"),
    });
    expect(written(await kernel.execute("try { fail(1) } catch (e) { console.log((e as Error).stack) }"))).toContain(
      `at fail (Cell [${a}]:6:9)`,
    );
  });

  it("of samlab says what to do, without the way through the library", async () => {
    const cell = `import { SamlabError } from "samlab";
      throw new SamlabError("file-missing", "There is no file x.nii.", { remedy: "Give another one." });`;
    const { ename, evalue, traceback } = failure(await kernel.execute(cell))!;
    expect([ename, evalue]).toEqual(["SamlabError", "There is no file x.nii. Give another one."]);
    expect(traceback.split("\n").slice(0, 2)).toEqual([
      "SamlabError [file-missing]: There is no file x.nii.",
      "→ Give another one.",
    ]);
    expect(traceback).not.toMatch(/kernel-ext|node_modules|node:/);
  });

  it("shows its causes", async () => {
    const cell = "throw new Error('outer', { cause: new TypeError('inner') })";
    expect(failure(await kernel.execute(cell))?.traceback).toContain("Caused by: TypeError: inner");
  });

  it("may be anything", async () => {
    expect(failure(await kernel.execute("throw { code: 7 }"))).toMatchObject({ evalue: "{ code: 7 }" });
    expect(failure(await kernel.execute("throw '%s%d:%d - %s'"))).toMatchObject({ evalue: "'%s%d:%d - %s'" });
    expect(failure(await kernel.execute("await Promise.reject(new Error('later'))"))).toMatchObject({
      evalue: "later",
    });
  });

  it("leaves what the cell had declared", async () => {
    await kernel.execute("const made = 5; throw new Error('after')");
    expect(result(await kernel.execute("made"))).toBe("5");
  });

  it("that nobody catches is written to its cell, and the kernel lives", async () => {
    const messages = recordMessages(kernel);
    const { reply } = await kernel.execute(`Promise.reject(new Error("stray one"));
      setTimeout(() => { throw new Error("stray two") }, 20);
      (async () => { await null; throw new Error("stray three") })(); 1`);
    expect(reply.status).toBe("ok");
    await kernel.execute("2");
    const stray = (name: string) =>
      messages.find(({ header, content }) => header.msg_type === "stream" && String(content.text).includes(name));
    await expect.poll(() => stray("stray two")).toBeDefined();
    const cell = messages.find(({ header }) => header.msg_type === "execute_input")?.parent.msg_id;
    for (const name of ["stray one", "stray two", "stray three"]) {
      expect(stray(name)).toMatchObject({ content: { name: "stderr" }, parent: { msg_id: cell } });
    }
    expect(result(await kernel.execute("3"))).toBe("3");
  });
});

describe("requests of other kinds", () => {
  it("are answered, known or not", async () => {
    const history = await kernel.request("shell", "history_request", { hist_access_type: "tail", n: 1, output: true });
    expect(history.content).toMatchObject({ status: "ok", history: [[1, expect.any(Number), ["3", "3"]]] });
    const unknown = await kernel.request("shell", "dance_request");
    expect(unknown.header.msg_type).toBe("dance_reply");
    expect(unknown.content).toMatchObject({ status: "error", evalue: "This kernel does not know dance_request." });
    const danced = await kernel.request("control", "dance_request");
    expect(danced.content).toMatchObject({ status: "error", evalue: "This kernel does not know dance_request." });
  });
});
