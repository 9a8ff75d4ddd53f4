import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type MimeData, OutputPicture } from "../../../widgets/src/shared/output-picture.js";

const shown = { "image/png": "old", "application/vnd.jupyter.widget-view+json": { model_id: "m", samlab: true } };

/** An output in a page, of a document that `pages` share if any are given. */
function output({ clientID = 1, pages }: { clientID?: number; pages?: readonly number[] } = {}) {
  const written: MimeData[] = [];
  const model = {
    data: shown as MimeData,
    setData: ({ data }: { readonly data: MimeData }) => {
      model.data = data;
      written.push(data);
    },
  };
  const renderer = { isDisposed: false };
  // The entry 0 is the server's.
  const states = new Map<number, { user?: object }>([
    [0, {}],
    ...(pages ?? []).map((id) => [id, { user: {} }] as const),
  ]);
  const sharedModel = { awareness: { clientID, getStates: () => states } };
  const picture = new OutputPicture(model, renderer, { collaborative: pages !== undefined, sharedModel });
  return { picture, model, renderer, states, written };
}

describe("the picture beside a widget", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is written at once, and once, beside the view, by the one page of a notebook", () => {
    const { picture, written } = output();
    picture.renew({ "image/png": "new" });
    picture.renew({ "image/png": "new" });
    expect(written).toEqual([{ ...shown, "image/png": "new" }]);
  });

  it("replaces the widget where it is the whole output from now on", () => {
    const { picture, written } = output();
    picture.renew({ "image/png": "old" }, true);
    picture.renew({ "image/png": "old" }, true);
    expect(written).toEqual([{ "image/png": "old" }]);
  });

  it("is written by one of the pages that share a document, and only its last state", () => {
    const outputs = [output({ clientID: 3, pages: [3, 7] }), output({ clientID: 7, pages: [3, 7] })];
    for (const { picture } of outputs) {
      picture.renew({ "image/png": "early" });
      picture.renew({ "image/png": "new" });
    }
    expect(outputs.map(({ written }) => written)).toEqual([[], []]);
    vi.advanceTimersByTime(10_000);
    expect(outputs.map(({ written }) => written)).toEqual([[{ ...shown, "image/png": "new" }], []]);
  });

  it("is written by the next page where the first one is gone", () => {
    const { picture, written, states } = output({ clientID: 7, pages: [3, 7] });
    picture.renew({ "image/png": "new" });
    vi.advanceTimersByTime(10_000);
    expect(written).toEqual([]);
    states.delete(3);
    vi.advanceTimersByTime(10_000);
    expect(written).toEqual([{ ...shown, "image/png": "new" }]);
  });

  it("is not written to a shared document where another page has written it, or where the output is gone", () => {
    const [known, gone, replaced] = [1, 2, 3].map(() => output({ clientID: 3, pages: [3, 7] }));
    for (const { picture } of [known!, gone!, replaced!]) picture.renew({ "image/png": "new" });
    known!.model.data = { ...shown, "image/png": "new" };
    gone!.renderer.isDisposed = true;
    replaced!.picture.end();
    vi.advanceTimersByTime(10_000);
    expect([known!.written, gone!.written, replaced!.written]).toEqual([[], [], []]);
  });
});
