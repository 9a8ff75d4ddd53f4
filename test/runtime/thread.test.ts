import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { describeWithWeights } from "../support/weights.js";

const run = promisify(execFile);
const library = new URL("../../dist/src/index.js", import.meta.url).href;
/** Ends the thread of one model, and loads another one. */
const scriptOfDeath = `
  const { Worker } = await import("node:worker_threads");
  const { loadSam } = await import(${JSON.stringify(library)});
  let thread;
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (...given) {
    thread = this;
    return postMessage.apply(this, given);
  };
  const data = new Uint8Array(256 * 256).map((_, n) => n % 251);
  const image = { width: 256, height: 256, channels: 1, data, spacing: null, window: null, source: "" };
  const box = [20, 20, 90, 90];
  const first = await loadSam("lite-medsam-clicks", { device: "cpu" });
  await first.setImage(image);
  await first.predict({ box });
  await thread.terminate();
  const second = await loadSam("lite-medsam", { device: "cpu" });
  await second.setImage(image);
  const before = await second.predict({ box });
  const errors = [first.predict({ box }), first.embed(image, { isFresh: true }), first.predict({ box, points: [{ x: 40, y: 40 }] })];
  const codes = (await Promise.allSettled(errors)).map(({ reason }) => [reason?.code, reason?.message]);
  await first.dispose();
  const after = await second.predict({ box });
  console.log(JSON.stringify({ codes, isSame: after.predictedIou === before.predictedIou }));
`;
/** Exits while an image is being encoded. */
const script = (milliseconds: number) => `
  const { loadSam } = await import(${JSON.stringify(library)});
  const sam = await loadSam("lite-medsam", { device: "cpu" });
  const image = { width: 256, height: 256, channels: 1, data: new Uint8Array(256 * 256).map((_, n) => n % 251) };
  const embed = () => sam.embed({ ...image, spacing: null, window: null, source: "" }, { isFresh: true });
  await embed();
  embed();
  setTimeout(() => process.exit(3), ${milliseconds});
`;

describeWithWeights("a process that exits while the inference thread is at work", () => {
  it.each([0, 100])("after %d ms ends as it is told", async (delay) => {
    const args = ["--input-type=module", "-e", script(delay)];
    const failed = await run(process.execPath, args).catch((error) => error);
    expect(failed).toMatchObject({ code: 3, signal: null, stderr: "" });
  });
});

describeWithWeights("a model whose inference thread has ended", () => {
  it("says so, and leaves the models of the next thread alone", async () => {
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", scriptOfDeath]);
    const ended = ["run-failed", expect.stringMatching(/thread .*has ended.*Load the model again/s)];
    expect(JSON.parse(stdout)).toEqual({ codes: [ended, ended, ended], isSame: true });
  });
});
