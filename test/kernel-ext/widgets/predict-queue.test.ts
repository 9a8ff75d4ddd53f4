import { afterEach, expect, it } from "vitest";
import { emptyBook, withPrompts } from "../../../kernel-ext/widgets/slice-prompter/book.js";
import { packed } from "../../../kernel-ext/widgets/slice-prompter/packed-mask.js";
import { PredictQueue } from "../../../kernel-ext/widgets/slice-prompter/predict-queue.js";
import { maskAnswer } from "../../../kernel-ext/widgets/slice-prompter/run.js";
import { type Ambient, setAmbient } from "../../../src/core/ambient.js";
import { mask } from "./controlled-sam.js";
import { axial } from "./phantom.js";

const noTask: Ambient = {
  signal: () => undefined,
  detached: (body) => body(),
  task: () => (body) => body(),
  showWork: () => undefined,
};
afterEach(() => setAmbient(noTask));

const empty = mask(4, 3, () => false);
const answer = maskAnswer(packed(empty), empty, "CPU");

function slotOn(index: number) {
  const [slot] = withPrompts(emptyBook(["a"], null), axial(index), [{ kind: "box", box: [0, 0, 1, 1] }]).slots.values();
  return slot!;
}

it("predicts each slot for the cell or message that has asked for it: an interrupt ends only those of its cell", async () => {
  let current = "none";
  const inTask = <T>(name: string, body: () => T): T => {
    const before = current;
    current = name;
    try {
      return body();
    } finally {
      current = before;
    }
  };
  const task = () => {
    const name = current;
    return <T>(body: () => T) => inTask(name, body);
  };
  setAmbient({ ...noTask, task });
  const predicted: string[] = [];
  const queue = new PredictQueue(
    async () => {
      predicted.push(current);
      return answer;
    },
    () => {},
  );
  inTask("cell", () => queue.add(slotOn(0), false));
  inTask("click", () => queue.add(slotOn(1), false));
  await queue.drained();
  expect(predicted).toEqual(["cell", "click"]);
});
