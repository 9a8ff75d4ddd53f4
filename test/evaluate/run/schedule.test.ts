import { expect, it } from "vitest";
import type { Executor, Unit } from "../../../src/evaluate/run/executor.js";
import { schedule } from "../../../src/evaluate/run/schedule.js";
import { type CaseRecord, type UnitRecord, unitKey } from "../../../src/evaluate/store/store-file.js";

const soon = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms));
const slicesPerCase = 3;

/** Opens and runs after a while, and notes what it ran. */
function fakeExecutor(ran: string[]): Executor {
  return {
    models: [{ name: "model", hash: "", adapterHash: "", provider: "CPU" }],
    open: async (caseIndex: number) => {
      await soon();
      const slices = Array.from({ length: slicesPerCase }, (_, slice) => ({ plane: "axial", slice }));
      return { kind: "case", case: `case ${caseIndex}`, dataHash: "hash", slices, rows: [] } as unknown as CaseRecord;
    },
    run: async ({ caseIndex, task }: Unit) => {
      await soon(1);
      ran.push(`case ${caseIndex} ${task.slice}`);
      return { kind: "unit", case: `case ${caseIndex}`, slice: task.slice, model: "model", rows: [] } as UnitRecord;
    },
    close: async () => {},
  } as unknown as Executor;
}

function sink(addTakes: number) {
  const cases = new Map<string, CaseRecord>();
  const units = new Map<string, UnitRecord>();
  return {
    cases,
    units,
    add: async (record: CaseRecord | UnitRecord) => {
      await soon(addTakes);
      if (record.kind === "case") cases.set(record.case, record);
      else units.set(unitKey(record), record);
    },
  };
}

it.each([1, 2, 3])(
  "runs every unit once with %i executors, one of which waits while a case is written down",
  async (n) => {
    const ran: string[] = [];
    const cases = [{ id: "case 0" }, { id: "case 1" }];
    const executors = Array.from({ length: n }, () => fakeExecutor(ran));
    const kept = sink(20);
    await schedule(executors, cases, [0, 1], kept);
    expect(ran.sort()).toEqual(cases.flatMap(({ id }) => [0, 1, 2].map((slice) => `${id} ${slice}`)));
    expect(kept.units.size).toBe(6);
  },
);

it("runs what a sink does not know yet, and ends with the sink's error", async () => {
  const ran: string[] = [];
  const kept = sink(1);
  const done = { kind: "unit", case: "case 0", slice: 1, model: "model", rows: [] } as unknown as UnitRecord;
  kept.units.set(unitKey(done), done);
  await schedule([fakeExecutor(ran)], [{ id: "case 0" }], [0], kept);
  expect(ran).toEqual(["case 0 0", "case 0 2"]);
  const full = { ...sink(1), add: () => Promise.reject(new Error("disk full")) };
  const two = [fakeExecutor(ran), fakeExecutor(ran)];
  await expect(schedule(two, [{ id: "case 0" }], [0], full)).rejects.toThrow("disk full");
});
