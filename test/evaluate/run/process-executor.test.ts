import type { ChildProcess, fork } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EvaluationRow } from "../../../src/evaluate/types.js";
import { temporaryFolders } from "../../support/temporary.js";
import { tinySam } from "../../support/tiny-tuned.js";
import { volumeCase, writeManifest } from "../support/data-set.js";

interface Asked {
  readonly kind: "start" | "open" | "run";
  readonly caseIndex?: number;
  readonly unit?: { readonly caseIndex: number; readonly task: { readonly slice: number } };
}

/** Worker processes that are killed with SIGKILL: just after, or some time before, they are asked something. */
const killer = vi.hoisted(() => ({
  started: 0,
  after: (_asked: Asked): boolean => false,
  before: (_asked: Asked): boolean => false,
}));

vi.mock("node:child_process", async (original) => {
  const real = await original<typeof import("node:child_process")>();
  const watched = (...parameters: Parameters<typeof fork>): ChildProcess => {
    killer.started++;
    const child = real.fork(...parameters);
    const send = child.send.bind(child) as (message: unknown, done: () => void) => boolean;
    child.send = ((message: { request: Asked }, done: () => void) => {
      if (killer.before(message.request)) child.kill("SIGKILL");
      const sent = send(message, done);
      if (killer.after(message.request)) child.kill("SIGKILL");
      return sent;
    }) as ChildProcess["send"];
    return child;
  };
  return { ...real, fork: watched };
});

const { evaluate } = await import("../../../src/evaluate/evaluate.js");

const folder = temporaryFolders();
const never = () => false;
let data: string;
beforeEach(async () => {
  const here = await folder();
  data = await writeManifest(here, [await volumeCase(here, "first"), await volumeCase(here, "second")]);
  killer.started = 0;
});
afterEach(() => Object.assign(killer, { after: never, before: never }));

const rowsOf = async (workers: number): Promise<EvaluationRow[]> => {
  const { rows } = await evaluate({ data, models: tinySam, prompts: ["box", "points:1"], device: "cpu", workers });
  return rows.map((row) => ({ ...row, encodeMs: 0, predictMs: 0 }));
};

/** True the first time only, for one of what is asked. */
const once = (isMeant: (asked: Asked) => boolean) => {
  let done = false;
  return (asked: Asked) => {
    if (done || !isMeant(asked)) return false;
    done = true;
    return true;
  };
};

describe("a worker process that is killed", () => {
  it.each<[string, Partial<typeof killer>]>([
    ["while it evaluates a slice", { after: once(({ kind, unit }) => kind === "run" && unit?.task.slice === 2) }],
    ["while it opens a case", { after: once(({ kind, caseIndex }) => kind === "open" && caseIndex === 1) }],
    ["while it has nothing to do", { before: once(({ kind, unit }) => kind === "run" && unit?.task.slice === 3) }],
  ])("%s is started again, and no row is lost or doubled", async (_, kills) => {
    const expected = await rowsOf(1);
    expect(expected).toHaveLength(12);
    Object.assign(killer, kills);
    expect(await rowsOf(2)).toEqual(expected);
    expect(killer.started).toBe(3);
  });

  it("each time at the same slice makes that slice's rows failed ones with the reason, and no other", async () => {
    const expected = await rowsOf(1);
    killer.after = ({ kind, unit }) => kind === "run" && unit?.caseIndex === 0 && unit.task.slice === 2;
    const rows = await rowsOf(2);
    // A third was started for the second attempt; a fourth only if there was still work for it.
    expect(killer.started).toBeGreaterThanOrEqual(3);
    expect(rows).toHaveLength(12);
    const isMeant = (row: EvaluationRow) => row.case === "first" && row.slice === 2;
    expect(rows.filter((row) => !isMeant(row))).toEqual(expected.filter((row) => !isMeant(row)));
    const failures = rows.filter(isMeant).map(({ failure }) => failure);
    expect(failures).toEqual(Array(2).fill("The worker process ended (SIGKILL)."));
  });

  it("before it has started is reported as an error", async () => {
    killer.after = ({ kind }) => kind === "start";
    await expect(rowsOf(2)).rejects.toMatchObject({ code: "run-failed", message: expect.stringContaining("SIGKILL") });
  });
});
