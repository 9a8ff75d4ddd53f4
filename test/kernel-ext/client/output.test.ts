import { describe, expect, it } from "vitest";
import { OutputCollector } from "../../../kernel-ext/client/output.js";
import type { JsonObject } from "../../../kernel-ext/comm/comm.js";
import { fakeRequest } from "../support/requests.js";

function collect(...messages: [string, JsonObject][]) {
  const collector = new OutputCollector(new Map());
  for (const [type, content] of messages) collector.add(fakeRequest(type, content));
  return collector.outputs;
}
const text = (text: string, name = "stdout"): [string, JsonObject] => ["stream", { name, text }];
const shown = (type: string, plain: string, id?: string): [string, JsonObject] => [
  type,
  { data: { "text/plain": plain }, metadata: {}, transient: id === undefined ? {} : { display_id: id } },
];

describe("the outputs of a cell", () => {
  it("join what goes to one stream", () => {
    expect(collect(text("a"), text("b"), text("c", "stderr"), text("d"))).toEqual([
      { output_type: "stream", name: "stdout", text: "ab" },
      { output_type: "stream", name: "stderr", text: "c" },
      { output_type: "stream", name: "stdout", text: "d" },
    ]);
  });

  it("are cleared at once, or when the next one comes", () => {
    expect(collect(text("a"), ["clear_output", { wait: false }])).toEqual([]);
    expect(collect(text("a"), ["clear_output", { wait: true }])).toHaveLength(1);
    expect(collect(text("a"), ["clear_output", { wait: true }], text("b"))).toEqual([
      { output_type: "stream", name: "stdout", text: "b" },
    ]);
  });

  it("are updated wherever they are shown", () => {
    const outputs = collect(
      shown("display_data", "1", "d"),
      shown("display_data", "2"),
      shown("update_display_data", "3", "d"),
    );
    expect(outputs.map((output) => "data" in output && output.data["text/plain"])).toEqual(["3", "2"]);
  });

  it("leave out what only the protocol needs", () => {
    expect(collect(shown("display_data", "1", "d"))).toEqual([
      { output_type: "display_data", data: { "text/plain": "1" }, metadata: {} },
    ]);
  });
});
