import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach } from "vitest";
import { setKernelContext } from "../../../kernel-ext/context.js";
import { type PromptSlicesOptions, promptSlices } from "../../../kernel-ext/widgets/prompt-slices.js";
import type { SlicePrompter } from "../../../kernel-ext/widgets/slice-prompter/slice-prompter.js";
import type { Volume } from "../../../src/index.js";
import { temporaryFolders } from "../../support/temporary.js";
import { ControlledSam } from "./controlled-sam.js";
import { fakeCells } from "./fake-cells.js";
import { smallVolume } from "./phantom.js";
import { RecordingHost } from "./recording-host.js";

/** Makes kernels that run cells, as far as widgets that keep their prompts need one; one for each test of the file. */
export function keepingKernels() {
  const folder = temporaryFolders();
  const opened: SlicePrompter[] = [];
  afterEach(() => {
    for (const w of opened.splice(0)) w.close();
    delete process.env.SAMLAB_STATE;
    delete process.env.JPY_SESSION_NAME;
    setKernelContext(undefined);
  });
  return async () => {
    const state = await folder();
    process.env.SAMLAB_STATE = state;
    const { displayed, begin, end } = fakeCells();
    const run = (
      id: string | null,
      {
        image = smallVolume(),
        page = "page",
        ...options
      }: PromptSlicesOptions & { image?: Volume; page?: string } = {},
      sam = new ControlledSam({ automatic: true }),
    ) => {
      begin(id ?? undefined, page);
      const host = new RecordingHost();
      const open = (more: PromptSlicesOptions = {}) => {
        const w = promptSlices(sam, image, { host, ...more });
        opened.push(w);
        return w;
      };
      return { w: open(options), sam, host, again: () => open() };
    };
    const files = () =>
      readdirSync(join(state, "prompts"), { recursive: true, encoding: "utf8" }).filter((name) => {
        return name.includes(".json") && statSync(join(state, "prompts", name)).size > 0;
      });
    return { run, files, state, displayed, end, pathOf: (name: string) => join(state, "prompts", name) };
  };
}
