import { beforeEach, describe, expect, it } from "vitest";
import { WidgetModel } from "../../../kernel-ext/comm/widget-model.js";
import { FakeComms } from "../support/fake-comms.js";

interface State {
  count: number;
  mask: Uint8Array | null;
}

const fixed = {
  _model_module: "samlab-widgets",
  _model_module_version: "0.1.0",
  _model_name: "CounterModel",
  _view_module: "samlab-widgets",
  _view_module_version: "0.1.0",
  _view_name: "CounterView",
  _view_count: null,
  _dom_classes: [],
  layout: null,
};

describe("a widget model", () => {
  let host: FakeComms;
  let model: WidgetModel<State>;
  beforeEach(() => {
    host = new FakeComms();
    model = new WidgetModel<State>(host, {
      module: "samlab-widgets",
      moduleVersion: "0.1.0",
      modelName: "CounterModel",
      viewName: "CounterView",
      state: { count: 1, mask: new Uint8Array([7]) },
    });
  });

  it("opens with its whole state", () => {
    expect(host.sent).toEqual([
      {
        type: "open",
        id: model.id,
        target: "jupyter.widget",
        data: { state: { ...fixed, count: 1 }, buffer_paths: [["mask"]] },
        metadata: { version: "2.1.0" },
        buffers: [new Uint8Array([7])],
      },
    ]);
  });

  it("sends what is set, bytes beside the JSON", () => {
    model.set({ count: 2, mask: new Uint8Array([1, 2, 3]).subarray(1) });
    expect(host.sent[1]).toEqual({
      type: "msg",
      id: model.id,
      data: { method: "update", state: { count: 2 }, buffer_paths: [["mask"]] },
      metadata: {},
      buffers: [new Uint8Array([2, 3])],
    });
    expect(model.get("count")).toBe(2);
  });

  it("takes updates of the front end, echoes them, then tells its handlers", async () => {
    const heard: Partial<State>[] = [];
    model.onChange((changed) => {
      heard.push(changed);
      model.set({ count: 6 });
    });
    await host.receive(model.id, { method: "update", state: { count: 5 }, buffer_paths: [["mask"]] }, [
      new Uint8Array([9]),
    ]);
    expect(heard).toEqual([{ count: 5, mask: new Uint8Array([9]) }]);
    expect(model.get("mask")).toEqual(new Uint8Array([9]));
    expect(host.sent.slice(1).map(({ data, buffers }) => ({ data, buffers }))).toEqual([
      {
        data: { method: "echo_update", state: { count: 5 }, buffer_paths: [["mask"]] },
        buffers: [new Uint8Array([9])],
      },
      { data: { method: "update", state: { count: 6 }, buffer_paths: [] }, buffers: [] },
    ]);
  });

  it("gives its state when asked", async () => {
    model.set({ count: 3 });
    await host.receive(model.id, { method: "request_state" });
    expect(host.sent.at(-1)).toMatchObject({
      data: { method: "update", state: { ...fixed, count: 3 }, buffer_paths: [["mask"]] },
      buffers: [new Uint8Array([7])],
    });
  });

  it("passes custom messages both ways and waits for their handlers", async () => {
    let done = false;
    model.onCustom(async (content, buffers) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      model.sendCustom({ got: content.kind }, buffers);
      done = true;
    });
    await host.receive(model.id, { method: "custom", content: { kind: "click" } }, [new Uint8Array([1])]);
    expect(done).toBe(true);
    expect(host.sent.at(-1)).toMatchObject({
      data: { method: "custom", content: { got: "click" } },
      buffers: [new Uint8Array([1])],
    });
  });

  it("restores all live widgets of a page that is loaded again", async () => {
    const other = new WidgetModel(host, {
      module: "m",
      moduleVersion: "1",
      modelName: "N",
      viewName: "V",
      state: { list: [new Uint8Array([3])] },
    });
    const closed = new WidgetModel(host, { module: "m", moduleVersion: "1", modelName: "N", viewName: "V", state: {} });
    closed.close();
    const control = host.openFromFrontEnd("jupyter.widget.control");
    await host.receive(control, { method: "request_states" });
    const { id, data, buffers } = host.sent.at(-1)!;
    expect(id).toBe(control);
    expect(data).toMatchObject({
      method: "update_states",
      states: {
        [model.id]: {
          model_name: "CounterModel",
          model_module: "samlab-widgets",
          model_module_version: "0.1.0",
          state: { ...fixed, count: 1 },
        },
        [other.id]: { model_name: "N", state: { list: [null] } },
      },
      buffer_paths: [
        [model.id, "state", "mask"],
        [other.id, "state", "list", 0],
      ],
    });
    expect(Object.keys(data.states as object)).toHaveLength(2);
    expect(buffers).toEqual([new Uint8Array([7]), new Uint8Array([3])]);
  });

  it.each(["kernel", "front end"])("falls silent when the %s closes it", (side) => {
    let told = 0;
    model.onClose(() => told++);
    if (side === "kernel") model.close();
    else host.closeFromFrontEnd(model.id);
    const sent = host.sent.length;
    model.set({ count: 9 });
    model.sendCustom({});
    expect(model.closed).toBe(true);
    expect(told).toBe(1);
    expect(host.sent).toHaveLength(sent);
  });

  it("shows itself by its view, with a fallback beside it", () => {
    expect(model.mimeBundle({ "image/png": "AA==" })).toEqual({
      "text/plain": `CounterModel(${model.id})`,
      "image/png": "AA==",
      "application/vnd.jupyter.widget-view+json": {
        version_major: 2,
        version_minor: 0,
        model_id: model.id,
        samlab: true,
      },
    });
  });
});
