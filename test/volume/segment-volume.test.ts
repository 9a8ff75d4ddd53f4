import { afterAll, beforeAll, expect, it } from "vitest";
import { dice } from "../../src/index.js";
import type { SliceImage } from "../../src/io/image/image.js";
import { Volume } from "../../src/io/image/volume.js";
import { emptyMask, type MaskVolume } from "../../src/io/mask/mask-volume.js";
import { loadSam } from "../../src/predict/load-sam.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { segmentVolume } from "../../src/volume/segment-volume.js";
import { propagationRules, type SegmentedSlice } from "../../src/volume/types.js";
import { uniform } from "../support/drawn.js";
import { describeWithWeights } from "../support/weights.js";

const [width, height, depth] = [64, 56, 13];
const affine = [-2, 0, 0, 60, 0, -2, 0, 60, 0, 0, 4, 0, 0, 0, 0, 1];

/** An ellipsoid: center, half axes in pixels, half height in slices. */
interface Blob {
  readonly at: readonly [x: number, y: number, z: number];
  readonly half: readonly [x: number, y: number, z: number];
  readonly gray: number;
}

const organ: Blob = { at: [22, 26, 6], half: [13, 10, 4.5], gray: 170 };
const lesion: Blob = { at: [48, 38, 7], half: [7, 8, 3.5], gray: 120 };

/**
 * A volume with two blobs on a noisy background, and each of them as a mask. With this affine, voxel (i, j, k) is the
 * pixel (i, j) of the axial slice k.
 */
function phantom(): { volume: Volume; truths: MaskVolume[] } {
  const noise = uniform("a volume", width * height * depth);
  const data = Float32Array.from(noise, (value) => 45 + 12 * value);
  const size = [width, height, depth] as const;
  const window = { low: 0, high: 255, name: "test" };
  const volume = new Volume({ data, size, affine, window, source: "phantom" });
  const truths = [organ, lesion].map(({ at, half, gray }) => {
    const truth = emptyMask(volume);
    for (let n = 0; n < data.length; n++) {
      const place = [n % width, Math.floor(n / width) % height, Math.floor(n / (width * height))];
      if (place.reduce((sum, value, axis) => sum + ((value - at[axis]!) / half[axis]!) ** 2, 0) > 1) continue;
      truth.data[n] = 1;
      data[n] = gray + 12 * noise[n]!;
    }
    return truth;
  });
  return { volume, truths };
}

const organBox = { slice: 6, box: [8, 15, 36, 37] as const };
const lesionBox = { slice: 7, box: [40, 29, 56, 47] as const, label: 2 };

describeWithWeights("segmentVolume", () => {
  const { volume, truths } = phantom();
  let sam: LoadedSam;
  beforeAll(async () => {
    sam = await loadSam("lite-medsam-clicks", { device: "cpu" });
  });
  afterAll(() => sam.dispose());

  it("lays slices as the phantom has its voxels", () => {
    expect(volume.slice(6).data[26 * width + 22]).toBeGreaterThan(165);
    expect(truths[0]!.slice(6).data[26 * width + 22]).toBe(1);
  });

  it("follows an object from one box to both of its ends, and says how each slice came about", {
    timeout: 120_000,
  }, async () => {
    const seen: SegmentedSlice[] = [];
    const { mask, slices, footnote } = await segmentVolume(sam, volume, {
      prompts: [organBox],
      onSlice: (slice) => seen.push(slice),
    });
    expect(dice(mask, truths[0]!)).toBeGreaterThan(0.9);
    expect(slices.map(({ slice }) => slice)).toEqual(slices.map(({ slice }) => slice).sort((a, b) => a - b));
    expect(seen).toHaveLength(slices.length);
    const states = new Map(slices.map(({ slice, state }) => [slice, state]));
    expect(states.get(6)).toBe("prompted");
    expect(states.get(5)).toBe("propagated");
    expect([...states.values()].filter((state) => state === "stopped").length).toBeLessThanOrEqual(2);
    for (const { slice, area } of slices) {
      expect(area).toBe(mask.slice(slice).data.reduce((sum, value) => sum + value, 0));
    }
    expect(footnote).toMatch(/^lite-medsam-clicks \([0-9a-f]{12}\) on CPU, axial slices, rule samlab, ends at /);
  });

  it("takes several objects through the slices together, asking for each slice at most twice", {
    timeout: 120_000,
  }, async () => {
    const encoded: number[] = [];
    const counting = new Proxy(sam, {
      get(target, name) {
        if (name === "embed") {
          return (image: SliceImage) => {
            encoded.push(image.index);
            return target.embed(image);
          };
        }
        const value = Reflect.get(target, name, target) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const { mask } = await segmentVolume(counting, volume, { prompts: [organBox, lesionBox] });
    expect(dice(mask.only(2), truths[1]!)).toBeGreaterThan(0.8);
    expect(dice(mask.only(1), truths[0]!)).toBeGreaterThan(0.85);
    // The prompted slices, and those that both directions pass, are needed twice; the second time they are read from
    // disk.
    expect(Math.max(...encoded.map((slice) => encoded.filter((other) => other === slice).length))).toBeLessThanOrEqual(
      2,
    );
  });

  it("leaves given masks as they are and goes on from each", { timeout: 120_000 }, async () => {
    const given = [3, 9].map((slice) => ({ slice, mask: truths[0]!.slice(slice) }));
    const { mask, slices } = await segmentVolume(sam, volume, { prompts: given, range: [3, 9] });
    for (const { slice, mask: own } of given) expect(mask.slice(slice).data).toEqual(own.data);
    expect(slices.map(({ state }) => state)).toEqual(["given", ...Array<string>(5).fill("propagated"), "given"]);
    const within = emptyMask(volume);
    for (let slice = 3; slice <= 9; slice++) within.setSlice(slice, "axial", truths[0]!.slice(slice));
    expect(dice(mask, within)).toBeGreaterThan(0.9);
  });

  it("follows an object to where it tapers, not from there", { timeout: 120_000 }, async () => {
    const tip = { width, height, data: new Uint8Array(width * height) };
    for (const y of [25, 26, 27]) tip.data.fill(1, y * width + 21, y * width + 24);
    const alone = await segmentVolume(sam, volume, { prompts: [organBox], range: [6, 10] });
    const both = await segmentVolume(sam, volume, { prompts: [organBox, { slice: 10, mask: tip }], range: [6, 10] });
    expect(both.mask.slice(10).data).toEqual(tip.data);
    for (const slice of [7, 8, 9]) {
      const [before, after] = [alone, both].map(({ mask }) => dice(mask.slice(slice), truths[0]!.slice(slice)));
      expect(after, `slice ${slice}`).toBeGreaterThan(before! - 0.05);
    }
  });

  it("puts the shapes between given masks where it is asked to, without the model", { timeout: 120_000 }, async () => {
    const given = [3, 6, 9].map((slice) => ({ slice, mask: truths[0]!.slice(slice) }));
    const { mask, slices, work, method } = await segmentVolume(sam, volume, {
      prompts: given,
      between: "interpolate",
      range: [3, 10],
    });
    expect(slices.map(({ state }) => state).join()).toMatch(
      /^given,(interpolated,){2}given,(interpolated,){2}given,(propagated|stopped)$/,
    );
    for (const { slice, mask: own } of given) expect(mask.slice(slice).data).toEqual(own.data);
    for (const slice of [4, 5, 7, 8]) expect(dice(mask.slice(slice), truths[0]!.slice(slice))).toBeGreaterThan(0.9);
    expect(work.encoded + work.cached).toBe(1);
    expect(method).toContain("interpolated between given masks");
  });

  it("goes on from a mask, and leaves confirmed slices and other objects alone to the last voxel", {
    timeout: 120_000,
  }, async () => {
    const before = emptyMask(volume);
    before.data.set(truths[0]!.data);
    // Another object that is finished, in the way of this one; and rubbish where the first is to be found anew.
    before.setSlice(
      5,
      "axial",
      { width, height, data: truths[0]!.slice(5).data.map((value, n) => (n % width > 28 ? value : 0)) },
      9,
    );
    before.setSlice(4, "axial", { width, height, data: new Uint8Array(width * height) });
    const confirmed = [3, 7].map((slice) => ({ slice, mask: truths[0]!.slice(slice) }));
    const { mask } = await segmentVolume(sam, volume, { prompts: confirmed, range: [3, 7], start: before });
    for (const slice of [0, 1, 2, 3, 7, 8, 9, 10, 11, 12]) {
      expect(mask.slice(slice, "axial", { label: 1 }).data, `slice ${slice}`).toEqual(truths[0]!.slice(slice).data);
    }
    expect(mask.only(9).data).toEqual(before.only(9).data);
    expect(dice(mask.slice(4), truths[0]!.slice(4))).toBeGreaterThan(0.85);
    // Cleaning leaves them alone too: a confirmed slice with two parts keeps both.
    const speck = truths[0]!.slice(7);
    speck.data[0] = 1;
    const cleaned = await segmentVolume(sam, volume, {
      prompts: [confirmed[0]!, { slice: 7, mask: speck }],
      range: [3, 7],
      clean: { largest: true, smoothing: 3 },
    });
    expect(cleaned.mask.slice(7).data).toEqual(speck.data);
    expect(cleaned.mask.slice(3).data).toEqual(confirmed[0]!.mask.data);
    expect(cleaned.method).toContain("cleaned: largest part, smoothed by 3 mm");
  });

  it("tells how far it is", { timeout: 60_000 }, async () => {
    const told: [string, number, number][] = [];
    await segmentVolume(sam, volume, {
      prompts: [organBox],
      range: [4, 8],
      stop: false,
      onProgress: (...one) => told.push(one),
    });
    expect(told.map(([, fraction]) => fraction)).toEqual([0.25, 0.5, 0.75, 1]);
    expect(told[0]![0]).toBe("slice 7, 1 done, 3 left");
    expect(told[0]![2]).toBeGreaterThan(0);
    expect(told.at(-1)![2]).toBe(0);
  });

  it("knows the rules of others, which go on or stop as theirs do", { timeout: 240_000 }, async () => {
    const others = new Set(["consensus", "memory", "volume"]);
    for (const rule of propagationRules.filter((name) => !others.has(name))) {
      const { mask, slices } = await segmentVolume(sam, volume, { prompts: [organBox], rule, range: [4, 8] });
      expect(
        slices.some(({ slice, state }) => slice === 7 && state !== "prompted"),
        rule,
      ).toBe(true);
      if (rule !== "singlePoint" && rule !== "points")
        expect(dice(mask.only(1), truths[0]!), rule).toBeGreaterThan(0.7);
    }
    // The challenge's baseline does not end where nothing is left, but tries the first box again.
    const { slices } = await segmentVolume(sam, volume, { prompts: [organBox], rule: "laptop" });
    expect(slices).toHaveLength(depth);
  });

  it("can be canceled, and refuses what it cannot mean", { timeout: 60_000 }, async () => {
    const stop = new AbortController();
    const work = segmentVolume(sam, volume, { prompts: [organBox], signal: stop.signal, onSlice: () => stop.abort() });
    await expect(work).rejects.toMatchObject({ code: "canceled" });
    const refused = (options: object) =>
      expect(segmentVolume(sam, volume, { prompts: [organBox], ...options })).rejects;
    await refused({ prompts: [] }).toMatchObject({ code: "prompt-invalid" });
    await refused({ prompts: [{ slice: 13, box: [1, 1, 9, 9] }] }).toMatchObject({ code: "argument-invalid" });
    await refused({ prompts: [{ slice: 3 }] }).toMatchObject({ code: "prompt-invalid" });
    await refused({ prompts: [{ ...organBox, label: 300 }] }).toMatchObject({
      code: "argument-invalid",
      field: "label",
    });
    await refused({ range: [3, 13] }).toMatchObject({ code: "argument-invalid", field: "range" });
    await refused({ range: [0, 5] }).toMatchObject({ code: "argument-invalid", field: "range" });
    await refused({ prompts: [organBox, { ...organBox, mask: truths[0]!.slice(6) }] }).toMatchObject({
      code: "prompt-invalid",
      message: expect.stringContaining("twice on slice 6"),
    });
    for (const [name, value] of [
      ["minIou", 60],
      ["minAreaShare", -1],
      ["minArea", Number.NaN],
      ["minDice", 0.5],
    ]) {
      await refused({ stop: { [String(name)]: value } }).toMatchObject({
        code: "argument-invalid",
        field: `stop.${name}`,
      });
    }
    await refused({ planes: "axial" }).toMatchObject({
      field: "planes",
      message: expect.stringContaining("mean plane?"),
    });
    await refused({ rule: "best" }).toMatchObject({ code: "argument-invalid", field: "rule" });
    const wrong = { slice: 3, mask: { width: 2, height: 2, data: new Uint8Array(4) } };
    await refused({ prompts: [wrong] }).toMatchObject({ code: "geometry-mismatch" });
  });
});
