import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ExecuteResult, KernelClient } from "../../../kernel-ext/client/client.js";
import { DebugClient, type Frame } from "../support/debug-client.js";
import { failure, result, startKernel, written } from "../support/kernel.js";

const places = (frames: readonly Frame[]) => frames.map(({ name, line }) => `${name}:${line}`);

const folder = mkdtempSync(join(tmpdir(), "samlab-debugger-"));
let kernel: KernelClient;
let client: DebugClient;
beforeAll(async () => {
  kernel = await startKernel({ cwd: folder });
  client = new DebugClient(kernel);
});
afterAll(async () => {
  await kernel.shutdown();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  await client.raw("disconnect");
  // What a failed test has left.
  await kernel.interrupt();
});

describe("a breakpoint", () => {
  const declaring = `const limit: number = 2;
function above(x: number): boolean {
  // how far
  const far = x - limit;
  return far > 0;
}
const twice = (x: number) => x * 2;`;

  it("stops in the user's lines with the user's names, and what it stops goes on", async () => {
    await client.start();
    const code = `interface Row { a: number; s: string }
const rows: Row[] = [{ a: 1, s: "one" }, { a: 2, s: "two" }];

/* what follows
   is the sum */
let sum = 0;
for (const { a } of rows) {
  sum += a as number;
}
sum`;
    expect(await client.breakAt(code, 3, 8)).toEqual([6, 8]);
    const { frames, reason, cell } = await client.runToStop(code);
    expect(reason).toBe("breakpoint");
    expect(places(frames)).toEqual(["Cell [1]:6"]);
    expect(frames[0]!.source.path).toBe((await client.ask<{ sourcePath: string }>("dumpCell", { code })).sourcePath);
    expect(await client.ask("source", { source: { path: frames[0]!.source.path } })).toMatchObject({ content: code });
    expect(await client.scope(frames[0]!, 0)).toEqual({ rows: expect.stringMatching(/^Array\(2\) \[/) });
    const first = await client.go("continue", cell);
    expect(places(first.frames)).toEqual(["Cell [1]:8"]);
    expect(await client.scope(first.frames[0]!, 0)).toMatchObject({ a: "1", sum: "0" });
    const second = await client.go("continue", cell);
    expect(await client.scope(second.frames[0]!, 0)).toMatchObject({ a: "2", sum: "1" });
    expect(await client.scope(second.frames[0]!, 1)).toMatchObject({ sum: "1" });
    await client.ask("continue");
    expect(result(await cell)).toBe("3");
    expect(client.events.map(({ event }) => event)).toEqual([
      "initialized",
      ...["stopped", "continued"],
      ...["stopped", "continued"],
      ...["stopped", "continued"],
    ]);
  });

  it("stops in functions of earlier cells, also in one of one line, with the frames of the user alone", async () => {
    await kernel.execute(declaring);
    await client.start();
    expect(await client.breakAt(declaring, 3, 7)).toEqual([4, 7]);
    const using = "const found = [1, 3].filter((x) => above(x)).map(twice);\nfound";
    const { frames, cell } = await client.runToStop(using);
    expect(places(frames)).toEqual([
      "above:4",
      expect.stringMatching(/^\(anonymous\):1|^Cell \[\d+\]:1/),
      expect.stringMatching(/^Cell \[\d+\]:1$/),
    ]);
    expect(await client.scope(frames[0]!, 0)).toEqual({ x: "1", far: "undefined" });
    await client.breakAt(declaring, 7);
    const inArrow = await client.go("continue", cell);
    expect(places(inArrow.frames)[0]).toBe("twice:7");
    expect(await client.scope(inArrow.frames[0]!, 0)).toEqual({ x: "3" });
    await client.breakAt(declaring);
    await client.ask("continue");
    expect(result(await cell)).toBe("[ 6 ]");
  });

  it("holds only where its condition is true, and says what is wrong with one that fails", async () => {
    await client.start();
    const code = "let total = 0;\nfor (let i = 0; i < 50; i++) {\n  total += i;\n}";
    await client.breakAt(code, { line: 3, condition: "i === 40 && total > limit" });
    const { frames, cell } = await client.runToStop(code);
    expect(await client.scope(frames[0]!, 0)).toMatchObject({ i: "40", total: "780" });
    await client.breakAt(code, { line: 3, condition: "nothing.there" });
    await client.go("continue", cell);
    await client.breakAt(code, { line: 3, hitCondition: "5" });
    const hit = await client.go("continue", cell);
    expect(await client.scope(hit.frames[0]!, 0)).toMatchObject({ i: "46" });
    await client.breakAt(code, { line: 3, logMessage: "i is {i} and {i * 2}" });
    await client.ask("continue");
    const ran = await cell;
    expect(written(ran, "stderr")).toBe(
      "The condition of the breakpoint at line 3 failed: ReferenceError: nothing is not defined\n" +
        [47, 48, 49].map((i) => `i is ${i} and ${i * 2}\n`).join(""),
    );
  });

  it("stops in a module that a cell imports, and in a callback after the cell has ended", async () => {
    const path = join(folder, "part.ts");
    writeFileSync(
      path,
      "const base: number = 10;\nexport function add(x: number) {\n  const y = base + x;\n  return y;\n}\n",
    );
    await client.start();
    await client.ask("setBreakpoints", { source: { path }, breakpoints: [{ line: 4 }] });
    const code = `import { add } from "./part.ts";\nsetTimeout(() => { console.log(add(1)); }, 10);`;
    expect((await kernel.execute(code)).reply.status).toBe("ok");
    const { frames } = await client.stop();
    expect(places(frames)).toEqual(["add:4", expect.stringMatching(/:2$/)]);
    expect(frames[0]!.source).toEqual({ name: "part.ts", path });
    expect(await client.scope(frames[0]!, 0)).toEqual({ x: "1", y: "11" });
    expect(await client.evaluate("base + y", frames[0]!.id)).toBe("21");
    await client.ask("continue");
  });
});

describe("a step", () => {
  const helper = "const half = (x: number): number => {\n  return x / 2;\n};";

  it("goes by lines, also over await and into functions, and passes over the kernel", async () => {
    await kernel.execute(helper);
    await client.start();
    const code = `const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
await wait(1);
const { a, b: [c] } = { a: 1, b: [half(8)] };
try { await wait(1); }
finally { await null; }
console.log(a, c);
for (var n = 0; n < 2; n++) console.log(n);
a`;
    await client.breakAt(code, 1);
    const { frames, cell } = await client.runToStop(code);
    // It stands in the function of that line as well.
    await client.breakAt(code);
    const lines = [frames[0]!.line];
    for (let n = 0; n < 7; n++) lines.push((await client.go("next", cell)).frames[0]!.line);
    expect(lines).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await client.ask("next");
    expect(written(await cell)).toBe("1 4\n0\n1\n");

    await client.breakAt(helper, 2);
    const once = await client.runToStop("half(2)");
    await client.ask("continue");
    expect(result(await once.cell)).toBe("1");
    await client.breakAt(helper);

    await client.breakAt(code, 3);
    const again = await client.runToStop(code);
    const inside = await client.go("stepIn", again.cell);
    expect(places(inside.frames)).toEqual(["half:2", expect.stringMatching(/:3$/)]);
    const outside = await client.go("stepOut", again.cell);
    expect(outside.frames[0]!.line).toBeGreaterThanOrEqual(3);
    await client.ask("continue");
    expect((await again.cell).reply.status).toBe("ok");
  });

  it("pause stops a running loop", async () => {
    await client.start();
    const code = "let turns = 0;\nconsole.log('go');\nfor (;;) {\n  turns++;\n}";
    let cell!: Promise<ExecuteResult>;
    await new Promise<void>((onOutput) => {
      cell = kernel.execute(code, { onOutput: () => onOutput() });
    });
    await client.ask("pause", { threadId: 1 });
    const { reason, frames } = await client.stop(cell);
    expect(reason).toBe("pause");
    expect([3, 4]).toContain(frames[0]!.line);
    expect(Number(await client.evaluate("turns", frames[0]!.id))).toBeGreaterThan(0);
    expect(await kernel.interrupt()).toEqual({ status: "ok" });
    expect((await cell).reply).toMatchObject({ ename: "Interrupted" });
  });
});

describe("while the code is stopped", () => {
  it("values can be looked into, evaluated and set in TypeScript", async () => {
    await client.start();
    const code = `const big = new Float32Array(25_000).map((_, n) => n);
class Box { #secret = 7; constructor(readonly name: string) {} get loud() { return this.name.toUpperCase(); } }
const box = new Box("b"), map = new Map([["k", { v: 1n }]]);
let factor = 3;
const text = "a\\nb", nothing = null, when = new Date(0);
function scaled(x: number) {
  const inner = [x, factor];
  return inner.map((v) => v * factor);
}
scaled(2)`;
    await client.breakAt(code, 8);
    const { frames, cell } = await client.runToStop(code);
    await client.breakAt(code);
    const [top, below] = frames;
    expect(await client.scope(top!, 0)).toEqual({ x: "2", inner: "Array(2) [2, 3]" });
    const globals = await client.scope(top!, 1);
    expect(globals).toMatchObject({
      factor: "3",
      text: '"a\\nb"',
      nothing: "null",
      box: expect.stringMatching(/^Box \{/),
      map: expect.stringMatching(/^Map\(1\) \{"k" → \{…\}\}$/),
      big: expect.stringMatching(/^Float32Array\(25000\) \[0, 1, 2/),
      scaled: "ƒ scaled(x)",
      Box: "class Box",
    });
    expect(Object.keys(globals).filter((name) => /ˑ|^require$|^__/.test(name))).toEqual([]);
    const childrenOf = async (expression: string) => {
      const { variablesReference } = await client.ask<{ variablesReference: number }>("evaluate", {
        expression,
        frameId: top!.id,
      });
      return await client.children(variablesReference);
    };
    const ranges = await childrenOf("big");
    expect(ranges.map(({ name }) => name).slice(0, 2)).toEqual(["[0 … 9999]", "[10000 … 19999]"]);
    const hundreds = await client.children(ranges[2]!.variablesReference);
    expect(await client.variables(hundreds.at(-1)!.variablesReference)).toMatchObject({ 24999: "24999" });
    expect((await childrenOf("box")).map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'name: "b"',
      "#secret: 7",
    ]);
    expect(await client.evaluate("(x as number) * factor + inner[1]!", top!.id)).toBe("9");
    expect(await client.evaluate("inner.map((factor: number) => factor + 1)", top!.id)).toBe("Array(2) [3, 4]");
    expect(await client.evaluate("{ factor, x }", top!.id)).toBe("{factor: 3, x: 2}");
    expect(await client.evaluate("factor = 10", top!.id)).toBe("10");
    await expect(client.evaluate("x", below!.id)).rejects.toThrow("evaluate: ReferenceError: x is not defined");
    await expect(client.evaluate("1 +", top!.id)).rejects.toThrow("evaluate: Expression expected.");
    expect(await client.ask("richInspectVariables", { variableName: "inner", frameId: top!.id })).toEqual({
      data: { "text/plain": "[ 2, 3 ]" },
      metadata: {},
    });
    await client.ask("continue");
    expect(result(await cell)).toBe("[ 20, 30 ]");
    await expect(client.children(ranges[0]!.variablesReference)).rejects.toThrow("the code has gone on");
    expect(await client.evaluate("factor * 2")).toBe("20");
    const { variables } = await client.ask<{ variables: { name: string; value: string }[] }>("inspectVariables");
    expect(variables).toContainEqual(expect.objectContaining({ name: "factor", value: "10", type: "number" }));
    expect(await client.ask("richInspectVariables", { variableName: "factor" })).toMatchObject({
      data: { "text/plain": "10" },
    });
  });

  it("an interrupt stops the cell there and then, and its state is kept", async () => {
    await client.start();
    const code = "let reached = 1;\nreached = 2;\nreached = 3;";
    await client.breakAt(code, 3);
    const { cell } = await client.runToStop(code);
    expect((await kernel.request("control", "kernel_info_request")).content).toMatchObject({
      debugger: true,
      supported_features: ["debugger"],
    });
    const begun = performance.now();
    expect(await kernel.interrupt()).toEqual({ status: "ok" });
    expect((await cell).reply).toMatchObject({ status: "error", ename: "Interrupted" });
    expect(performance.now() - begun).toBeLessThan(1_500);
    expect(client.events.at(-1)).toMatchObject({ event: "continued" });
    await client.breakAt(code);
    expect(result(await kernel.execute("reached"))).toBe("2");
  });

  it("disconnecting lets it run on, without a stop at what is left of the breakpoints", async () => {
    await client.start();
    const code = "let rounds = 0;\nfor (let n = 0; n < 3; n++)\n  rounds++;\nrounds";
    await client.breakAt(code, 3);
    const { cell } = await client.runToStop(code);
    expect(await client.ask("debugInfo")).toMatchObject({ isStarted: true, stoppedThreads: [1] });
    await client.ask("disconnect");
    expect(result(await cell)).toBe("3");
    expect(await client.ask("debugInfo")).toMatchObject({ isStarted: false, stoppedThreads: [], breakpoints: [] });
    expect(result(await kernel.execute(code))).toBe("3");
    await client.start();
    expect(result(await kernel.execute(code))).toBe("3");
  });

  it("the kernel ends when it is asked to", async () => {
    const other = await startKernel();
    const its = new DebugClient(other);
    await its.start();
    const code = "let one = 1;\nfor (;;) one++;";
    await its.breakAt(code, 2);
    const { cell } = await its.runToStop(code);
    cell.catch(() => {});
    const begun = performance.now();
    await other.shutdown();
    expect(performance.now() - begun).toBeLessThan(1_500);
    expect(await other.process.exited).toBe(0);
  });
});

describe("exceptions", () => {
  it("stop the code where they are thrown: all of them, or those that nobody catches", async () => {
    await client.start();
    const code = `function fails(text: string): never {
  throw new TypeError(text);
}
try { fails("caught"); } catch {}
await null;
fails("free");`;
    await client.ask("setExceptionBreakpoints", { filters: ["all"] });
    const { frames, reason, cell } = await client.runToStop(code);
    expect(reason).toBe("exception");
    expect(places(frames)).toEqual(["fails:2", expect.stringMatching(/:4$/)]);
    expect(await client.ask("exceptionInfo")).toMatchObject({ description: "TypeError: caught" });
    await client.ask("setExceptionBreakpoints", { filters: ["uncaught"] });
    const uncaught = await client.go("continue", cell);
    expect(places(uncaught.frames)).toEqual(["fails:2", expect.stringMatching(/:6$/)]);
    expect(client.events.at(-1)!.body).toMatchObject({ text: "TypeError: free" });
    await client.ask("continue");
    expect(failure(await cell)?.evalue).toBe("free");
    await client.ask("setExceptionBreakpoints", { filters: [] });
    expect((await kernel.execute(code)).reply.status).toBe("error");
    expect((await client.raw("setExceptionBreakpoints", { filters: ["userUnhandled"] })).message).toBe(
      'There is no filter "userUnhandled" for exceptions. Use all or uncaught.',
    );
  });
});

describe("a request that makes no sense", () => {
  it("is answered by what is wrong with it", async () => {
    const wrong = async (command: string, args?: object) => {
      const { success, message, type, body } = await client.raw(command, args);
      // JupyterLab reads them without a look at `success`.
      if (command === "scopes") expect(body).toMatchObject({ scopes: [] });
      expect([success, type]).toEqual([false, "response"]);
      return message;
    };
    expect(await wrong("stackTrace", { threadId: 1 })).toBe(
      'The debugger is not started: "initialize" comes before "stackTrace".',
    );
    await client.start();
    expect(await wrong("fly")).toBe('This kernel\'s debugger does not know the request "fly".');
    expect(await wrong("dumpCell", {})).toBe("dumpCell needs code.");
    expect(await wrong("setBreakpoints", { source: {} })).toBe("setBreakpoints needs source.path.");
    expect(await wrong("setBreakpoints", { source: { path: "/x" }, breakpoints: [{ line: 0 }] })).toBe(
      "A breakpoint cannot be at line 0. Give a whole number from 1.",
    );
    const notStopped = "The code is not stopped. Set a breakpoint and run the cell, or pause the running cell.";
    expect(await wrong("next", { threadId: 1 })).toBe(notStopped);
    expect(await wrong("scopes", { frameId: 1 })).toBe(notStopped);
    expect(await wrong("evaluate", { expression: "(() => { for (;;); })()" })).toBe(
      "The expression took longer than 5 s and was ended. Run it in a cell.",
    );
    expect(await wrong("variables", { variablesReference: 999_999 })).toBe(
      "This value is not there any more: the code has gone on. Open the variable again.",
    );
    expect(await wrong("source", { source: { path: "/not/there.ts" } })).toMatch(
      /^The source \/not\/there.ts is not there\. Run/,
    );
    expect(await wrong("copyToGlobals", {})).toMatch(/^This kernel cannot copy to globals/);
    const { content } = await kernel.request("control", "debug_request", {});
    expect(content).toMatchObject({ success: false, message: 'This kernel\'s debugger does not know the request "".' });
  });
});
