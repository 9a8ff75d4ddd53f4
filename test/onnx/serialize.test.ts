import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { GraphBuilder } from "../../src/onnx/builder.js";
import { ProtoWriter } from "../../src/onnx/protobuf.js";
import { serializeModel } from "../../src/onnx/serialize.js";
import { Session } from "../../src/runtime/session.js";
import { temporaryFolders } from "../support/temporary.js";

const folder = temporaryFolders();

it("writes protobuf's own examples (protobuf.dev, Encoding)", () => {
  const hex = (writer: ProtoWriter) => Buffer.from(writer.finish()).toString("hex");
  expect(hex(new ProtoWriter().int(1, 150))).toBe("089601");
  expect(hex(new ProtoWriter().text(2, "testing"))).toBe("120774657374696e67");
  expect(hex(new ProtoWriter().message(3, (inner) => void inner.int(1, 150)))).toBe("1a03089601");
  expect(hex(new ProtoWriter().int(1, -2))).toBe("08feffffffffffffffff01");
});

it("puts large weights into a second file that the runtime finds beside the model", async () => {
  const b = new GraphBuilder("g");
  const data = Float32Array.from({ length: 2048 }, (_, n) => n);
  const x = b.input("x", "float32", [2048]);
  b.output("y", b.op("Add", [x, b.constant(data, [2048])]));
  const { model, external } = serializeModel(b.build(), { externalName: "g.weights" });
  expect(model.length).toBeLessThan(1000);
  const place = await folder();
  await writeFile(join(place, "g.onnx"), model);
  await writeFile(join(place, "g.weights"), Buffer.concat(external!.pieces));
  const session = await Session.create({ path: join(place, "g.onnx") }, "CPU");
  const { outputs } = await session.run({ x: { type: "float32", dims: [2048], data: new Float32Array(2048).fill(1) } });
  expect(outputs.y.data[2047]).toBe(2048);
  await session.release();
});
