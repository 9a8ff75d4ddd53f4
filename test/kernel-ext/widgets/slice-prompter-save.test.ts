import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { promptSlices } from "../../../kernel-ext/widgets/prompt-slices.js";
import { maskArea } from "../../../src/core/mask.js";
import { loadMask, loadVolume, type MaskVolume } from "../../../src/index.js";
import { failure, scratchFolder } from "../../io/helpers.js";
import { BrightSam, bright, brightMask, volume } from "./bright-sam.js";
import { settle } from "./controlled-sam.js";
import { RecordingHost } from "./recording-host.js";

const folder = scratchFolder();

/** Two objects on slice 3 that share the pixels of column 4, and a third that is nowhere. */
function start() {
  const host = new RecordingHost();
  const w = promptSlices(new BrightSam({ automatic: true }), volume(), {
    host,
    slice: 3,
    objects: ["liver", "Größe <2>", "nothing"],
  });
  const { width, height } = w.maskVolume.view("axial");
  const column = (from: number, to: number) => ({
    width,
    height,
    data: Uint8Array.from({ length: width * height }, (_, n) => (n % width >= from && n % width <= to ? 1 : 0)),
  });
  w.setMask(column(2, 4));
  w.object = "Größe <2>";
  w.setMask(column(4, 7));
  return { host, w, height };
}

const count = (mask: MaskVolume, label: number) => mask.data.filter((value) => value === label).length;

describe("all objects in one file", () => {
  it.each(["organs.nii.gz", "organs.nii", "organs.seg.nrrd"])("keep labels, names, and colors: %s", async (name) => {
    const { w, height } = start();
    const saved = await w.save(folder.path(name));
    expect(saved.map(({ name, voxels, lost }) => [name, voxels, lost])).toEqual([
      ["liver", 3 * height, 0],
      ["Größe <2>", 3 * height, height],
      ["nothing", 0, 0],
    ]);
    const back = (await loadMask(folder.path(name))) as MaskVolume;
    expect(back.data).toEqual(w.maskVolume.data);
    for (const { label, name, color, voxels } of saved.filter(({ voxels }) => voxels > 0)) {
      expect([back.names.get(label), back.colors.get(label), count(back, label)]).toEqual([name, color, voxels]);
    }
  });

  it("say on how many slices their prompts have no mask", async () => {
    const [sam, host] = [new BrightSam(), new RecordingHost()];
    const w = promptSlices(sam, volume(), { host, objects: ["a", "b"] });
    w.object = "b";
    const shown = [2, 3].map((slice) => w.setPrompts(bright, { slice }).catch(() => {}));
    await settle();
    await host.intend({ kind: "cancel" });
    await settle();
    sam.encoding[1]!.fail(new Error("out of memory"));
    await Promise.all(shown);
    const saved = await w.save(folder.path("unpredicted.nii"));
    expect(saved.map(({ name, unpredicted }) => [name, unpredicted])).toEqual([
      ["a", 0],
      ["b", 2],
    ]);
  });

  it("give what two claim to the upper or the lower one, and to a locked one in any case", async () => {
    const { w, height } = start();
    const voxels = async (options = {}) => {
      const saved = await w.save(folder.path("overlap.nii"), options);
      return saved.slice(0, 2).map(({ voxels }) => voxels / height);
    };
    expect(await voxels({ overlap: "lower" })).toEqual([2, 4]);
    expect(w.overlap).toBe("upper");
    w.lockObject("Größe <2>");
    expect(await voxels({ overlap: "upper" })).toEqual([2, 4]);
    w.lockObject("Größe <2>", false);
    expect(await voxels()).toEqual([3, 3]);
    await failure(async () => w.save(folder.path("x.nii"), { overlap: "both" as never }), "argument-invalid");
    await failure(w.save(folder.path("x.png")), "argument-invalid");
  });

  it.each(["many.nii.gz", "many.nrrd", "many.seg.nrrd"])("may be more than 255: %s", async (name) => {
    const { w, height } = start();
    for (let n = 4; n <= 300; n++) w.addObject();
    w.setMask({ ...brightMask, data: new Uint8Array(brightMask.data.length).fill(1) });
    const saved = await w.save(folder.path(name));
    expect(saved.filter(({ voxels, lost }) => voxels + lost > 0)).toMatchObject([
      { label: 1, voxels: 3 * height, lost: 0 },
      { label: 2, voxels: 3 * height, lost: height },
      { label: 300, name: "object 300", voxels: 2 * height, lost: 6 * height },
    ]);
    const masks = (await loadMask(folder.path(name))) as MaskVolume;
    expect([masks.labels, masks.data]).toEqual([[1, 2, 300], w.maskVolume.data]);
    const again = promptSlices(new BrightSam(), volume(), { host: new RecordingHost(), masks });
    expect(again.maskVolume.data).toEqual(masks.data);
    expect(again.maskVolumeOf("object 300").voxels).toBe(2 * height);
  });

  it("have the labels of the segments in a DICOM SEG, which has no empty ones", async () => {
    const series = fileURLToPath(new URL("../../golden/formats/files/series", import.meta.url));
    const ct = await loadVolume(series);
    const w = promptSlices(new BrightSam(), ct, { host: new RecordingHost(), objects: ["a", "empty", "c"] });
    const { width, height } = ct.view();
    const pixel = (at: number) => ({ width, height, data: new Uint8Array(width * height).fill(1, at, at + 1) });
    w.setMask(pixel(0));
    w.object = "c";
    w.setMask(pixel(1));
    const saved = await w.save(folder.path("gap.dcm"));
    expect(saved.map(({ name, label, voxels }) => [name, label, voxels])).toEqual([
      ["a", 1, 1],
      ["empty", 0, 0],
      ["c", 2, 1],
    ]);
    const back = (await loadMask(folder.path("gap.dcm"), { on: ct })) as MaskVolume;
    expect([...back.names]).toEqual([
      [1, "a"],
      [2, "c"],
    ]);
  });

  it("are saved with the masks that are still predicted", async () => {
    const sam = new BrightSam();
    const w = promptSlices(sam, volume(), { host: new RecordingHost(), slice: 3 });
    const ended = w.setPrompts(bright);
    const saved = w.save(folder.path("pending.nii"));
    await settle();
    sam.encoding[0]!.finish();
    await settle();
    sam.predicting[0]!.finish();
    await ended;
    expect(await saved).toMatchObject([{ voxels: maskArea(brightMask) }]);
  });

  it("are not waited for once the save is canceled", async () => {
    const w = promptSlices(new BrightSam(), volume(), { host: new RecordingHost(), slice: 3 });
    w.setPrompts(bright).catch(() => undefined);
    const canceled = w.save(folder.path("never.nii"), { signal: AbortSignal.abort() });
    await expect(canceled).rejects.toMatchObject({ code: "canceled", message: "Saving the masks was canceled." });
    expect(existsSync(folder.path("never.nii"))).toBe(false);
  });

  it("come in the order of the list, which can be changed and taken back", async () => {
    const { w, host, height } = start();
    const names = () => w.objects.map(({ name }) => name);
    w.moveObject("Größe <2>", 0);
    expect(names()).toEqual(["Größe <2>", "liver", "nothing"]);
    expect(w.object).toBe("Größe <2>");
    expect((await w.save(folder.path("order.nii"))).map(({ voxels }) => voxels / height)).toEqual([4, 2, 0]);
    w.undo();
    expect(names()).toEqual(["liver", "Größe <2>", "nothing"]);
    await host.intend({ kind: "object-move", object: 1, to: 2 });
    expect(names()).toEqual(["Größe <2>", "nothing", "liver"]);
    for (const by of [-1, -1, -1, 1] as const) await host.intend({ kind: "object-step", object: 1, by });
    expect(names()).toEqual(["Größe <2>", "liver", "nothing"]);
    await failure(() => w.moveObject("liver", 3), "argument-invalid");
  });

  it("are taken up again with their names and colors", async () => {
    const { w } = start();
    await w.save(folder.path("again.nii.gz"));
    const masks = (await loadMask(folder.path("again.nii.gz"))) as MaskVolume;
    const again = promptSlices(new BrightSam(), volume(), { host: new RecordingHost(), masks });
    expect(again.objects).toEqual(w.objects.slice(0, 2));
    const one = promptSlices(new BrightSam(), volume(), { host: new RecordingHost(), masks: masks.only(2) });
    expect(one.objects).toEqual([w.objects[1]]);
    const named = promptSlices(new BrightSam(), volume(), { host: new RecordingHost(), masks, objects: ["mine"] });
    expect(named.objects.map(({ name }) => name)).toEqual(["mine", "Größe <2>"]);
  });
});
