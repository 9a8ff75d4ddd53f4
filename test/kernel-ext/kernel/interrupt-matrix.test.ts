import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { result, sleep, startKernel } from "../support/kernel.js";

const hooked = "const local = new (require('async_hooks').AsyncLocalStorage)(); local.run(1, () => {});";
const recursion =
  "const again = (): any => { try { return again(); } catch { return again(); } }; console.log('go'); again();";

/** What runs when the user interrupts. Each says "go" when it begins. */
const cases: readonly (readonly [name: string, code: string])[] = [
  ["a loop", "console.log('go'); while (true) {}"],
  ["a loop after an await", "await null; console.log('go'); while (true) {}"],
  ["a loop in a timer", "setTimeout(() => { console.log('go'); while (true) {} }, 1); await new Promise(() => {})"],
  [
    "two timers that loop",
    "for (let i = 0; i < 2; i++) setTimeout(() => { console.log('go'); while (true) {} }, 1); await new Promise(() => {})",
  ],
  [
    "an interval that loops",
    "setInterval(() => { console.log('go'); while (true) {} }, 5); await new Promise(() => {})",
  ],
  ["a loop in a tick", "process.nextTick(() => { console.log('go'); while (true) {} }); await new Promise(() => {})"],
  [
    "two immediates that loop",
    "for (let i = 0; i < 2; i++) setImmediate(() => { console.log('go'); while (true) {} }); await new Promise(() => {})",
  ],
  [
    "an immediate that starts the next",
    "const next = () => { setImmediate(next); }; next(); console.log('go'); await new Promise(() => {})",
  ],
  ["a loop of microtasks", "console.log('go'); while (true) await null"],
  [
    "three loops of microtasks",
    "const spin = async () => { while (true) await null; }; console.log('go'); spin(); spin(); await spin()",
  ],
  ["a loop in a then", "console.log('go'); await Promise.resolve().then(() => { while (true) {} })"],
  [
    "a loop that catches everything",
    "console.log('go'); while (true) { try { while (true) {} } catch {} finally { while (true) {} } }",
  ],
  ["a loop in a finally block", "console.log('go'); try {} finally { while (true) {} }"],
  ["a loop that prints", "while (true) console.log('x'.repeat(80))"],
  [
    "a loop in a callback of Node",
    "require('fs').readFile('.', () => { console.log('go'); while (true) {} }); await new Promise(() => {})",
  ],
  [
    "a loop in an event handler",
    "const bell = new (require('events'))(); bell.on('ring', () => { console.log('go'); while (true) {} }); setTimeout(() => bell.emit('ring'), 1); await new Promise(() => {})",
  ],
  ["a loop in a generator", "function* endless() { console.log('go'); while (true) {} } for (const _ of endless());"],
  ["a loop in a Proxy's trap", "console.log('go'); (new Proxy({}, { get() { while (true) {} } }) as any).x"],
  ["a loop in a getter", "console.log('go'); ({ get x() { while (true) {} } }).x"],
  ["a loop in toJSON", "console.log('go'); JSON.stringify({ toJSON() { while (true) {} } })"],
  ["a loop in eval", "console.log('go'); eval('while (true) {}')"],
  ["a loop in another context", "console.log('go'); require('vm').runInNewContext('while (true) {}')"],
  [
    "a loop in a function of a package",
    "console.log('go'); require('tslab/dist/util').isInsideDir; [1].forEach(() => { while (true) {} })",
  ],
  [
    "a loop while a value shows itself",
    "({ [Symbol.for('Jupyter.display')]() { console.log('go'); while (true) {} } })",
  ],
  [
    "a loop while a value is inspected",
    "({ [Symbol.for('nodejs.util.inspect.custom')]() { console.log('go'); while (true) {} } })",
  ],
  ["what never settles", "console.log('go'); await new Promise(() => {})"],
  [
    "a comparison that never ends",
    "console.log('go'); const many = Array.from({ length: 1e5 }, Math.random); while (true) many.sort((a, b) => b - a)",
  ],
  ["a pattern that backtracks", "console.log('go'); /^(a+)+$/.test('a'.repeat(40) + 'b')"],
  ["endless recursion with a catch", recursion],
  ["Atomics.wait", "console.log('go'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
  ["execSync", "console.log('go'); require('child_process').execSync('sleep 20; sleep 20')"],
  [
    "execSync of what ignores a polite request",
    "console.log('go'); require('child_process').execSync(`trap '' TERM; sleep 20; sleep 20`)",
  ],
  ["spawnSync, again and again", "console.log('go'); while (true) require('child_process').spawnSync('sleep', ['20'])"],
  ["a loop with AsyncLocalStorage in use", `${hooked} console.log('go'); while (true) {}`],
  ["a loop after an await with it", `${hooked} await null; console.log('go'); while (true) {}`],
  [
    "a loop in a then with it",
    `${hooked} console.log('go'); await local.run(2, () => Promise.resolve().then(() => { while (true) {} }))`,
  ],
  [
    "a loop in a timer with it",
    `${hooked} local.run(2, () => setTimeout(() => { console.log('go'); while (true) {} }, 1)); await new Promise(() => {})`,
  ],
  [
    "a loop in an immediate with it",
    `${hooked} local.run(2, () => setImmediate(() => { console.log('go'); while (true) {} })); await new Promise(() => {})`,
  ],
  [
    "a loop in a tick with it",
    `${hooked} local.run(2, () => process.nextTick(() => { console.log('go'); while (true) {} })); await new Promise(() => {})`,
  ],
  [
    "a loop in a callback of Node with it",
    `${hooked} local.run(2, () => require('fs').readFile('.', () => { console.log('go'); while (true) {} })); await new Promise(() => {})`,
  ],
  [
    "a loop with async hooks",
    "require('async_hooks').createHook({ init() {}, before() {}, after() {} }).enable(); await null; console.log('go'); while (true) {}",
  ],
  [
    "a loop in a timer with async hooks",
    "setTimeout(() => { console.log('go'); while (true) {} }, 1); await new Promise(() => {})",
  ],
];

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
  await kernel.execute("let kept = 'kept'; let ticks = 0; setInterval(() => { ticks++; }, 5); undefined");
});
afterAll(() => kernel.shutdown());

describe("an interrupt ends, with names and timers of earlier cells kept,", () => {
  it.each(cases)("%s", async (_, code) => {
    let start = () => {};
    const started = new Promise<void>((resolve) => {
      start = resolve;
    });
    const running = kernel.execute(code, { onOutput: start });
    await started;
    await sleep(20);
    const begun = performance.now();
    await kernel.interrupt();
    const { reply } = await running;
    const took = performance.now() - begun;
    expect(reply).toMatchObject({ status: "error", ename: "Interrupted" });
    expect(took).toBeLessThan(2_000);
    const after = await kernel.execute(
      "{ const before = ticks; for (let i = 0; ticks === before && i < 100; i++) await new Promise((done) => setTimeout(done, 5)); if (ticks === before) kept = 'stopped'; } kept",
    );
    expect(result(after)).toBe("'kept'");
  });

  it("and leaves AsyncLocalStorage right", async () => {
    const { local, outside } = {
      local: "await store.run(7, async () => { await null; return store.getStore(); })",
      outside: "store.getStore()",
    };
    await kernel.execute("const store = new (require('async_hooks').AsyncLocalStorage)(); undefined");
    expect(result(await kernel.execute(local))).toBe("7");
    expect(
      result(
        await kernel.execute(
          `[String(${outside}), String(await new Promise((done) => setTimeout(() => done(${outside}), 1)))].join()`,
        ),
      ),
    ).toBe("'undefined,undefined'");
  });
});
