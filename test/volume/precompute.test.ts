import { describe, expect, it } from "vitest";
import { type Image2d, precompute, type Sam, SamlabError } from "../../src/index.js";
import { failure } from "../io/helpers.js";
import { discModel, phantom } from "../support/phantom.js";

/** A model that keeps what it encoded, as the disk does. */
function keepingSam(options: { readonly ahead?: boolean | undefined; readonly empty?: number } = {}) {
  const known = new Set<number>();
  const calls: string[] = [];
  const { discs } = discModel();
  const embed = async (image: Image2d, how: string) => {
    const slice = (image as Image2d & { index: number }).index;
    calls.push(`${how} ${slice}`);
    if (slice === options.empty) throw new SamlabError("image-empty", "All pixels are alike.");
    const fromCache = known.has(slice);
    known.add(slice);
    return { ...(await discs.embed(image)), fromCache };
  };
  const sam: Sam = {
    ...discs,
    embed: (image) => embed(image, "embed"),
    ...(options.ahead !== undefined && {
      embedAhead: async (image: Image2d) => (options.ahead ? embed(image, "ahead") : null),
    }),
  };
  return { sam, calls };
}

describe("precompute", () => {
  it("embeds each slice once, from the middle outwards, in the background, and finds them again", async () => {
    const { sam, calls } = keepingSam({ ahead: true, empty: 4 });
    const fractions: number[] = [];
    const options = { range: [3, 7], onProgress: (_: string, fraction: number) => fractions.push(fraction) } as const;
    expect(await precompute(sam, phantom, options)).toMatchObject({ encoded: 4, cached: 0, empty: 1 });
    expect(calls.map((call) => call.replace(/\d/, ""))).toEqual(Array(5).fill("ahead "));
    expect(calls[0]).toBe("ahead 5");
    expect(new Set(calls)).toEqual(new Set([3, 4, 5, 6, 7].map((slice) => `ahead ${slice}`)));
    expect(fractions).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
    expect(await precompute(sam, phantom, options)).toMatchObject({ encoded: 0, cached: 4, empty: 1 });
  });

  it.each([false, undefined])("takes a model that has no background, or is too large for it (%s)", async (ahead) => {
    const { sam, calls } = keepingSam({ ahead });
    expect((await precompute(sam, phantom, { plane: "axial" })).encoded).toBe(20);
    expect(new Set(calls)).toContain("embed 19");
  });

  it("is canceled between slices, and goes on from there", async () => {
    const { sam, calls } = keepingSam({ ahead: true });
    const controller = new AbortController();
    const onProgress = () => {
      if (calls.length === 3) controller.abort();
    };
    await failure(precompute(sam, phantom, { signal: controller.signal, onProgress }), "canceled");
    expect(calls).toHaveLength(3);
    expect(await precompute(sam, phantom)).toMatchObject({ encoded: 17, cached: 3 });
  });

  it("takes no slices that are not there", async () => {
    const { sam } = keepingSam();
    for (const range of [
      [5, 3],
      [0, 20],
      [-1, 2],
    ] as const) {
      expect((await failure(precompute(sam, phantom, { range }), "argument-invalid")).field).toBe("range");
    }
  });
});
