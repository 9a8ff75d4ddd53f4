import { throwIfCanceled } from "../../core/errors.js";
import { changedFiles } from "../store/known-results.js";
import { type CaseRecord, type UnitRecord, unitKey } from "../store/store-file.js";
import type { Executor, Unit } from "./executor.js";

/** Known results, and where new ones are kept. */
export interface ResultSink {
  readonly cases: ReadonlyMap<string, CaseRecord>;
  readonly units: ReadonlyMap<string, UnitRecord>;
  add(record: CaseRecord | UnitRecord): Promise<void>;
}

/** A case whose slices are known, with the units that are not taken yet. */
interface OpenQueue {
  readonly caseIndex: number;
  readonly units: Unit[];
}

/**
 * Distributes the work to the executors. Each continues with the case that it has in memory, then opens the next one,
 * then helps with the units that others have left. Units that the sink knows are not run again.
 * @param caseIndices the cases of this run (of its shard), in order
 * @throws {SamlabError} `canceled`; `hash-mismatch` if a case's files have changed since the store was created; what
 * the sink throws
 */
export async function schedule(
  executors: readonly Executor[],
  cases: readonly { readonly id: string }[],
  caseIndices: readonly number[],
  sink: ResultSink,
  signal?: AbortSignal,
): Promise<void> {
  const waiting = [...caseIndices];
  const queues: OpenQueue[] = [];
  const opening = new Set<Promise<unknown>>();
  let failed: { readonly error: unknown } | undefined;

  const unitsOf = (caseIndex: number, { slices }: CaseRecord): Unit[] =>
    slices.flatMap((task) =>
      executors[0].models.flatMap((model, modelIndex) =>
        sink.units.has(unitKey({ case: cases[caseIndex].id, slice: task.slice, model: model.name }))
          ? []
          : [{ caseIndex, task, modelIndex }],
      ),
    );

  /** A unit of the executor's case, then one of a new case, then one left over from another executor's case. */
  const nextUnit = async (executor: Executor, current: number): Promise<Unit | undefined> => {
    const own = queues.find(({ caseIndex }) => caseIndex === current)?.units.shift();
    if (own) return own;
    for (let caseIndex = waiting.shift(); caseIndex !== undefined; caseIndex = waiting.shift()) {
      const known = sink.cases.get(cases[caseIndex].id);
      if (known && unitsOf(caseIndex, known).length === 0) continue;
      const first = await open(executor, caseIndex, known);
      if (first) return first;
    }
    const left = queues.find(({ units }) => units.length > 0)?.units.shift();
    if (left || opening.size === 0) return left;
    // Another executor is opening a case that may have enough units to share.
    await Promise.race(opening).catch(() => undefined);
    return failed ? undefined : nextUnit(executor, current);
  };

  /** Opens a case, keeps its record, and queues its units. Returns the first of them. */
  const takeUp = async (executor: Executor, caseIndex: number, known: CaseRecord | undefined) => {
    const record = await executor.open(caseIndex);
    if (!known) await sink.add(record);
    else if (record.dataHash !== known.dataHash && record.dataHash !== "") throw changedFiles(known.case);
    const [first, ...units] = unitsOf(caseIndex, known ?? record);
    if (units.length > 0) queues.push({ caseIndex, units });
    return first as Unit | undefined;
  };

  const open = (executor: Executor, caseIndex: number, known: CaseRecord | undefined): Promise<Unit | undefined> => {
    const opened = takeUp(executor, caseIndex, known);
    opening.add(opened);
    // Remove it before waiters re-check; otherwise they would spin on a settled promise.
    const forget = () => opening.delete(opened);
    opened.then(forget, forget);
    return opened;
  };

  const work = async (executor: Executor): Promise<void> => {
    let current = -1;
    while (!failed) {
      throwIfCanceled(signal, "The evaluation");
      const unit = await nextUnit(executor, current);
      if (!unit || failed) return;
      current = unit.caseIndex;
      await sink.add(await executor.run(unit));
    }
  };

  await Promise.all(
    executors.map(async (executor) => {
      try {
        await work(executor);
      } catch (error) {
        failed ??= { error };
      }
    }),
  );
  if (failed) throw failed.error;
}
