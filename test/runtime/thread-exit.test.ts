import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { describeWithWeights } from "../support/weights.js";

const library = new URL("../../dist/src/index.js", import.meta.url).href;
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
    const failed = await promisify(execFile)(process.execPath, args).catch((error) => error);
    expect(failed).toMatchObject({ code: 3, signal: null, stderr: "" });
  });
});
