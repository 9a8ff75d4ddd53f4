import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { failure, result, startKernel, written } from "../support/kernel.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
  await kernel.execute(`import { widget } from "samlab";
const w = widget({
  esm: "export default { render({ model, el }) {} }",
  css: ".mine { color: red }",
  state: { count: 1, points: Float32Array.of(0.5, 2), label: "a" },
});
w.onChange(({ count }) => console.log("changed", count));
w.onMessage((content, buffers) => { w.send({ got: content.n ?? null }, [Uint8Array.of(buffers.length, buffers[0]?.[1] ?? 0)]); });`);
});
afterAll(() => kernel.shutdown());

const own = () => kernel.comms.find(({ target }) => target === "jupyter.widget")!;

describe("widget()", () => {
  it("shows itself, with code and state as anywidget names them", async () => {
    const { outputs } = await kernel.execute("w");
    expect(outputs[0]).toMatchObject({
      data: { "application/vnd.jupyter.widget-view+json": { model_id: own().id } },
    });
    expect(own().opened.data).toMatchObject({
      state: {
        _model_module: "samlab-widgets",
        _model_name: "OwnWidgetModel",
        _view_name: "OwnWidgetView",
        _esm: "export default { render({ model, el }) {} }",
        _css: ".mine { color: red }",
        count: 1,
        label: "a",
      },
      buffer_paths: [["points"]],
    });
    expect([...new Float32Array(new Uint8Array(own().opened.buffers[0]!).buffer)]).toEqual([0.5, 2]);
  });

  it("shares its state both ways, bytes as well", async () => {
    const sent: object[] = [];
    own().onMessage(({ data }) => void sent.push(data));
    const printed: string[] = [];
    const stop = kernel.onMessage((_, { header, content }) => {
      if (header.msg_type === "stream") printed.push(String(content.text));
    });
    await own().send({ method: "update", state: { count: 5 }, buffer_paths: [] });
    await expect.poll(() => printed.join("")).toBe("changed 5\n");
    stop();
    expect(result(await kernel.execute(`w.set({ label: "b" }); [w.get("count"), w.get("label")]`))).toBe("[ 5, 'b' ]");
    expect(sent).toContainEqual({ method: "update", state: { label: "b" }, buffer_paths: [] });
    await own().send(
      { method: "update", state: { points: null }, buffer_paths: [["points"]] },
      { buffers: [Uint8Array.of(7, 8)] },
    );
    expect(result(await kernel.execute(`w.get("points")[1]`))).toBe("8");
  });

  it("passes messages both ways, with bytes", async () => {
    const heard: unknown[] = [];
    own().onMessage(({ data, buffers }) => {
      if (data.method === "custom") heard.push(data.content, [...buffers[0]!]);
    });
    await own().send({ method: "custom", content: { n: 3 } }, { buffers: [Uint8Array.of(1, 9)] });
    await expect.poll(() => heard).toEqual([{ got: 3 }, [1, 9]]);
  });

  it("has types in cells, and says what cannot be", async () => {
    const wrong = async (code: string) => failure(await kernel.execute(code))?.traceback ?? "no error";
    expect(await wrong(`w.set({ count: "2" })`)).toContain("Type 'string' is not assignable to type 'number'");
    expect(await wrong(`w.get("cuont")`)).toContain("cuont");
    expect(await wrong(`widget({ esm: "const x = 1" })`)).toContain("esm must be the text of an ES module");
    expect(await wrong(`widget({ esm: "export default {}", state: { _esm: 1 } })`)).toContain(
      "The state cannot have the name _esm",
    );
    expect(await wrong(`widget({ esm: "export default {}", state: { layout: 1 } })`)).toContain(
      "cannot have the name layout",
    );
    expect(written(await kernel.execute("w.close(); w.set({ count: 9 }); console.log(w.closed)"))).toBe("true\n");
  });
});
