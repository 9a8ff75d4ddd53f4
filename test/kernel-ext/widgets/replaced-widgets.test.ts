import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { temporaryFolders } from "../../support/temporary.js";
import { failure, result, startKernel } from "../support/kernel.js";
import { row } from "./dice-chart-rows.js";

const folder = temporaryFolders();
let kernel: KernelClient;

const run = async (cellId: string, code: string) => {
  const done = await kernel.execute(code, { cellId });
  expect(failure(done)).toBeUndefined();
  return result(done);
};

beforeAll(async () => {
  kernel = await startKernel({ env: { SAMLAB_STATE: await folder() } });
  await run(
    "setup",
    `import { chartDice, compareMasks, emptyMask, promptSlices, Volume } from "samlab";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");
const info = { provider: "CPU", milliseconds: 1 };
const sam: any = {
  name: "test", hash: "0", provider: "CPU", lowResSize: 1, prompts: { points: true, box: true, mask: false, note: "" },
  embed: async () => ({ width: 8, height: 8, key: "", fromCache: false, info }),
  predict: async () => ({ mask: { width: 8, height: 8, data: new Uint8Array(64).fill(1) }, predictedIou: 1, candidates: [], info }),
};
const rows = ${JSON.stringify([row()])} as any;
let made = 0;
const volumes: WeakRef<Volume>[] = [];
function volume() {
  const given = new Volume({
    data: new Uint8Array(256).fill(made++),
    size: [8, 8, 4],
    affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0],
    window: { low: 0, high: 255, name: "all" },
    source: "small",
  });
  volumes.push(new WeakRef(given));
  return given;
}
async function held() {
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (let n = 0; n < 3; n++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return volumes.splice(0).filter((volume) => volume.deref()).length;
}`,
  );
});
afterAll(() => kernel.shutdown());

/** How many widgets a page that loads gets. */
async function live(): Promise<number> {
  const control = await kernel.openComm("jupyter.widget.control");
  const states = new Promise<object>((resolve) => {
    control.onMessage(({ data }) => resolve(data.states as object));
  });
  await control.send({ method: "request_states" });
  return Object.keys(await states).length;
}

describe("a widget whose cell runs again", () => {
  it.each([
    ["prompter, with prompts", "promptSlices(sam, volume())", "await w.setPrompts({ box: [0, 0, 3, 3] }); w"],
    ["comparison", "(() => { const v = volume(); return compareMasks(v, { a: emptyMask(v) }); })()", "w"],
  ])("lets go of its volume: %s", async (name, make, use) => {
    const before = await live();
    for (let n = 0; n < 4; n++) {
      await run(name, `const w = ${make}; w`);
      await run(`${name}, used`, use);
    }
    expect([await live(), await run("held", "await held()")]).toEqual([before + 1, "1"]);
    await run(name, "w.close()");
    await run(`${name}, used`, "1");
    expect(await live()).toBe(before);
  });

  it("lets go of a chart", async () => {
    const before = await live();
    for (let n = 0; n < 3; n++) await run("chart", "const chart = chartDice(rows); chart");
    expect(await live()).toBe(before + 1);
  });

  it("still answers code that holds it, with its prompts and masks, and is shown again", async () => {
    const before = await live();
    await run("list", "const widgets: ReturnType<typeof promptSlices>[] = [];");
    const add = "widgets.push(promptSlices(sam, volume(), { keep: false, slice: 1 })); widgets.at(-1)";
    await run("add", add);
    await run("prompt", "await widgets[0]!.setPrompts({ box: [0, 0, 3, 3] })");
    await run("add", add);
    expect(await live()).toBe(before + 1);
    const got = "[JSON.stringify(widgets[0]!.promptSet), widgets[0]!.mask !== null]";
    expect(await run("get", got)).toBe(`[ '{"box":[0,0,3,3]}', true ]`);
    expect(
      await run("more", "await widgets[0]!.setPrompts({ box: [0, 0, 1, 1] }, { slice: 2 }); widgets[0]!.slice"),
    ).toBe("2");
    await run("show", "widgets[0]!");
    expect(await live()).toBe(before + 2);
    await run("show", "1");
    expect(await live()).toBe(before + 1);
  });
});
