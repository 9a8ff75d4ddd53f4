import { afterAll, beforeAll, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { tinySam } from "../../support/tiny-tuned.js";
import { failure, recordMessages, result, startKernel, written } from "../support/kernel.js";

const setUp = `import { type Image2d, loadSam, showFinetune } from "samlab";
const sam = await loadSam(${JSON.stringify(tinySam)}, { device: "cpu" });
const data = Uint8Array.from({ length: 1200 }, (_, n) => (n * 37) % 251);
const image: Image2d = { width: 40, height: 30, channels: 1, data, spacing: null, window: null, source: "picture" };
const truth = { width: 40, height: 30, data: data.map((_, n) => Number(n % 40 < 12 && n < 600)) };
const cases = [{ image, truth, patient: "a" }];
const watched = { image: { ...image, data: data.map((value) => 255 - value) }, truth, patient: "b" };`;

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
  expect(failure(await kernel.execute(setUp))?.traceback).toBeUndefined();
});
afterAll(() => kernel.shutdown());

it.each([
  ["between two steps", 1],
  ["during a validation", 200],
])("an interrupt %s keeps the best weights so far, and the saved picture says so", async (_, validations) => {
  const messages = recordMessages(kernel);
  const running = kernel.execute(`const training = showFinetune(sam, cases, {
    recipe: "promptEncoder", steps: 100_000, resume: false, validateEvery: 1, validation: Array(${validations}).fill(watched),
    onProgress: ({ phase, step }) => { if (phase === "training" && step === 3) console.log("go"); },
  });`);
  await expect.poll(() => messages.some(({ content }) => content.text === "go\n"), { timeout: 20_000 }).toBe(true);
  await kernel.interrupt();
  expect(failure(await running)?.ename).toBe("Interrupted");
  const pictures = () => messages.filter(({ header }) => header.msg_type === "update_display_data");
  await expect.poll(() => JSON.stringify(pictures().at(-1)?.content)).toContain("Stopped by hand after step");
  const tuned = await kernel.execute(`const { steps, bestStep, notes } = await training.result;
    [bestStep > 0 && bestStep <= steps, notes[0]]`);
  expect(failure(tuned)?.traceback).toBeUndefined();
  expect(result(tuned)).toMatch(/true, 'Stopped by hand after step \d+ of 100000\.'/);
  expect(written(await running)).toBe("go\n");
});
