import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExecuteResult, KernelClient } from "../../../kernel-ext/client/client.js";
import { failure, recordMessages, result, sleep, startKernel, written } from "../support/kernel.js";

/** A model whose encoder takes a time that is set, and a volume of eight slices. */
const setUp = `import { precompute, progress, segmentVolume, Volume, type Sam } from "samlab";
let [pause, encoded] = [0, 0];
const sam: Sam = {
  name: "mine", prompts: { points: true, box: true, mask: false, note: "" }, hash: "0", provider: "CPU", lowResSize: 1,
  async setImage(image) { return this.embed(image); },
  async embed({ width, height }) {
    await new Promise((done) => setTimeout(done, pause));
    encoded++;
    return { width, height, key: "0", fromCache: false, info: { provider: "CPU", milliseconds: 1 } };
  },
  async predict(_, { embedding } = {}) {
    const { width, height } = embedding!;
    const mask = { width, height, data: new Uint8Array(width * height).fill(1) };
    const info = { provider: "CPU", milliseconds: 1 };
    return { mask, predictedIou: 1, lowResLogits: new Float32Array(1), candidates: [], info };
  },
  async predictBatch(prompts, options) { return Promise.all(prompts.map((prompt) => this.predict(prompt, options))); },
  async dispose() {},
};
const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const volume = new Volume({ data: Float32Array.from({ length: 128 }, (_, n) => n), size: [4, 4, 8], affine, window: { low: 0, high: 127, name: "all" }, source: "made" });
const prompts = [{ slice: 0, box: [0, 0, 3, 3] as const }];`;

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
  expect(failure(await kernel.execute(setUp))?.traceback).toBeUndefined();
});
afterAll(() => kernel.shutdown());

/** The text of each bar under a cell, without its bar. */
const bars = ({ outputs }: ExecuteResult) =>
  outputs.flatMap((output) =>
    output.output_type === "display_data"
      ? [
          String(output.data["text/plain"])
            .replace(/\|.*\||\[.*\]/g, " ")
            .replace(/\s+/g, " ")
            .trim(),
        ]
      : [],
  );

describe("a library call that lasts", () => {
  it("shows its progress under the cell, and how it ended", async () => {
    const messages = recordMessages(kernel);
    expect(bars(await kernel.execute("pause = 250; await precompute(sam, volume)"))).toEqual([
      "encoding slices: 100 %",
    ]);
    const steps = messages.map(({ content }) => JSON.stringify(content)).join("\n");
    expect(steps).toMatch(/encoding slices: slice \d/);
  });

  it("shows nothing if it is over at once, if its caller follows it, or if nobody would see it", async () => {
    expect(bars(await kernel.execute("pause = 5; await precompute(sam, volume)"))).toEqual([]);
    const followed = "pause = 150; await precompute(sam, volume, { onProgress: () => {} })";
    expect(bars(await kernel.execute(followed))).toEqual([]);
    const off = "process.env.SAMLAB_PROGRESS = 'off'; await precompute(sam, volume)";
    expect(bars(await kernel.execute(off))).toEqual([]);
    const messages = recordMessages(kernel);
    await kernel.execute("delete process.env.SAMLAB_PROGRESS");
    expect(bars(await kernel.execute("const later = precompute(sam, volume)"))).toEqual([]);
    expect(bars(await kernel.execute("await later"))).toEqual([]);
    expect(messages.filter(({ header }) => header.msg_type === "display_data")).toEqual([]);
  });

  it("is one bar for each call of a cell, and says which one failed", async () => {
    const failing = `pause = 150;
      const broken = { ...sam, async embed(image: Parameters<typeof sam.embed>[0]) { await sam.embed(image); throw Error("no"); } };
      await precompute(sam, volume);
      pause = 1500;
      await segmentVolume(broken, volume, { prompts })`;
    const ended = await kernel.execute(failing);
    expect(bars(ended)).toEqual(["encoding slices: 100 %", "segmenting the volume: failed"]);
    expect(failure(ended)?.evalue).toBe("no");
  });

  it("keeps its bar and the button where its cell has ended, also by an error", async () => {
    const messages = recordMessages(kernel);
    let cancel = (): unknown => undefined;
    kernel.onComm("jupyter.widget", (bar) => {
      cancel = () => bar.send({ method: "custom", content: { kind: "cancel", view: "v", seq: 1 } });
    });
    const failing = `pause = 500; encoded = 0;
      const going = precompute(sam, volume);
      await Promise.all([going, new Promise((_, fail) => setTimeout(fail, 2500, Error("mine")))]);`;
    expect(failure(await kernel.execute(failing))?.evalue).toBe("mine");
    const last = () =>
      messages
        .filter(({ header }) => header.msg_type === "update_display_data")
        .map(({ content }) => content.data)
        .at(-1);
    expect(last()).toHaveProperty(["application/vnd.jupyter.widget-view+json"]);
    expect(last()).not.toHaveProperty(["text/plain"], expect.stringContaining("failed"));
    await cancel();
    await expect.poll(() => JSON.stringify(last())).toContain("canceled");
    const ended = await kernel.execute("await going.catch(({ message }: Error) => message)");
    expect(result(ended)).toBe("'Encoding slices was canceled.'");
    expect(Number(result(await kernel.execute("encoded")))).toBeLessThan(8);
  });

  it("is canceled with the loop around it, before its own bar is shown", async () => {
    kernel.onComm("jupyter.widget", (bar) => {
      void bar.send({ method: "custom", content: { kind: "cancel", view: "v", seq: 1 } });
    });
    const loop = `pause = 300; encoded = 0;
      for (const n of progress([1, 2], { label: "rounds" })) {
        await new Promise((done) => setTimeout(done, 300));
        await precompute(sam, volume);
      }`;
    const canceled = await kernel.execute(loop);
    expect(failure(canceled)?.evalue).toContain("canceled");
    expect(Number(result(await kernel.execute("encoded")))).toBeLessThan(6);
  });

  it("is canceled by the bar's button, and by an interrupt, and encodes no more slices", async () => {
    kernel.onComm("jupyter.widget", (bar) => {
      void bar.send({ method: "custom", content: { kind: "cancel", view: "v", seq: 1 } });
    });
    const canceled = await kernel.execute("pause = 300; encoded = 0; await precompute(sam, volume)");
    expect(failure(canceled)?.evalue).toContain("Encoding slices was canceled.");
    expect(bars(canceled)[0]).toMatch(/^encoding slices: slice \d: \d+ % canceled$/);

    const messages = recordMessages(kernel);
    const interrupted = kernel.execute("encoded = 0; await precompute(sam, volume)");
    await expect.poll(() => messages.some(({ header }) => header.msg_type === "display_data")).toBe(true);
    await kernel.interrupt();
    expect(bars(await interrupted)[0]).toMatch(/canceled$/);
    const before = result(await kernel.execute("encoded"));
    expect(Number(before)).toBeLessThan(8);
    await sleep(700);
    expect(result(await kernel.execute("encoded"))).toBe(before);
    expect(written(await kernel.execute("console.log('fine')"))).toBe("fine\n");
  });
});
