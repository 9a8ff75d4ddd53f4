import { expect, it } from "vitest";
import { TrainingController } from "../../../widgets/src/training/controller.js";
import { TrainingPort } from "./training-port.js";

function start(patch: ConstructorParameters<typeof TrainingPort>[0] = {}) {
  const port = new TrainingPort(patch);
  return { port, controller: new TrainingController(port, () => {}, "v") };
}

it("stops at once in this view, once, and follows the kernel after it", () => {
  const { port, controller } = start();
  controller.stop();
  controller.stop();
  expect(port.sent).toEqual([{ kind: "stop", view: "v", seq: 1 }]);
  expect(controller.isStopping).toBe(true);
  port.state = { ...port.state, handled: { v: 1 }, stopping: true };
  controller.received();
  expect(controller.isStopping).toBe(true);
  port.state = { ...port.state, stopping: false, phase: "stopped" };
  controller.received();
  expect([controller.isStopping, controller.hasEnded]).toEqual([false, true]);
});

it("does not stop what has ended, is being stopped, or is lost", () => {
  for (const patch of [{ phase: "finished" }, { stopping: true }] as const) {
    const { port, controller } = start(patch);
    controller.stop();
    expect(port.sent).toEqual([]);
  }
  const { port, controller } = start();
  port.live = false;
  controller.stop();
  expect(port.sent).toEqual([]);
  expect(controller.isLost).toBe(true);
});

it("forgets a stop that the kernel never heard", () => {
  const { port, controller } = start();
  controller.stop();
  port.live = false;
  controller.received();
  expect([controller.isStopping, controller.isLost]).toEqual([false, true]);
});
