import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { failure, recordMessages, result, sleep, startKernel } from "../support/kernel.js";

/** A model as a user writes one in a cell. It loops for ever where `stuck` says so. */
const userSam = `import { promptSlices, type Sam } from "samlab";
let stuck = "";
const loop = (where: string) => { if (stuck === where) { console.log("go"); for (;;); } };
const info = { provider: "CPU", milliseconds: 1 };
const sam: Sam = {
  name: "mine", prompts: { points: true, box: true, mask: false, note: "" }, hash: "0", provider: "CPU", lowResSize: 1,
  async setImage(image) { return this.embed(image); },
  async embed({ width, height }) {
    loop("embed");
    return { width, height, key: "0", fromCache: false, info };
  },
  async predict(_, { embedding } = {}) {
    loop("predict");
    await null;
    loop("later");
    const { width, height } = embedding!;
    const mask = { width, height, data: new Uint8Array(width * height).fill(1) };
    return { mask, predictedIou: 1, lowResLogits: new Float32Array(1), candidates: [], info };
  },
  async predictBatch(prompts, options) { return Promise.all(prompts.map((prompt) => this.predict(prompt, options))); },
  async dispose() {},
};
const picture = { width: 4, height: 4, channels: 1, data: new Uint8Array(16), source: "", spacing: null, window: null };
let w = promptSlices(sam, picture as never);`;

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
  expect(failure(await kernel.execute(userSam))?.traceback).toBeUndefined();
});
afterAll(() => kernel.shutdown());

/** Runs a cell, and interrupts the kernel once the model says that it loops. */
async function interruptModel(code: string): Promise<void> {
  const messages = recordMessages(kernel);
  const running = kernel.execute(code);
  await expect.poll(() => messages.some(({ content }) => content.text === "go\n"), { timeout: 5_000 }).toBe(true);
  await sleep(50);
  await kernel.interrupt();
  await running;
}

/** The number of pixels of the next mask, or that there is none. */
async function nextMask(): Promise<unknown> {
  const code = `stuck = "";
    const asked${++cells} = w.setPrompts({ box: [0, 0, 2, 2] }).then(() => w.mask!.data.length);
    await Promise.race([asked${cells}, new Promise((done) => setTimeout(done, 2_000, "it waits"))])`;
  return result(await kernel.execute(code));
}
let cells = 0;

describe.each(["embed", "predict", "later"])("a prompter whose model is interrupted in %s", (where) => {
  beforeAll(async () => {
    // Not the cell's result, which would be shown, and encode its slice at once.
    await kernel.execute("stuck = ''; { w = promptSlices(sam, picture as never); }");
  });

  it("takes the next prompt", async () => {
    await interruptModel(`stuck = "${where}"; await w.setPrompts({ box: [0, 0, 1, 1] })`);
    expect(await nextMask()).toBe("16");
  });

  it("also if the cell that prompted has ended, and says that the model was interrupted", async () => {
    await kernel.execute("{ w = promptSlices(sam, picture as never); } let said: unknown;");
    const ask = "w.setPrompts({ box: [0, 0, 1, 1] }).catch((error: Error) => { said = error.message; })";
    await interruptModel(`stuck = "${where}"; setTimeout(() => ${ask}, 50);`);
    expect(result(await kernel.execute("said"))).toBe("'mine was interrupted. Prompt again.'");
    expect(await nextMask()).toBe("16");
  });
});
