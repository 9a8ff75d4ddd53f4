import { throwIfCanceled } from "../core/errors.js";
import { longWork, unseen } from "../core/long-work.js";
import type { ManifestCase } from "../datasets/manifest/types.js";
import { samlabPackage } from "../io/files/package.js";
import type { Sam } from "../predict/sam.js";
import {
  casesOf,
  distinct,
  type EvaluateOptions,
  type EvaluationProgress,
  list,
  parseShard,
  settingsOf,
} from "./options.js";
import { type EvaluationPlan, type ModelIdentity, planHash, plannedCase } from "./plan.js";
import { ProgressSink } from "./progress.js";
import { EvaluationResult } from "./result/evaluation-result.js";
import type { Executor } from "./run/executor.js";
import { LocalExecutor } from "./run/local-executor.js";
import { namedWindow } from "./run/preset-view.js";
import { ProcessExecutor, threadsPerWorker } from "./run/process-executor.js";
import { type ResultSink, schedule } from "./run/schedule.js";
import type { UnitSettings } from "./run/settings.js";
import { workerCount } from "./run/worker-count.js";
import { asSam, checkedModel, isLoaded, loadModel, workerModel } from "./run/worker-models.js";
import { checkKnown } from "./store/known-results.js";
import { readingNotes, trainingNotes } from "./store/reading-notes.js";
import { rowsInOrder } from "./store/rows-in-order.js";
import { EvaluationStore } from "./store/store.js";
import { type CaseRecord, type StoreRecord, storeFormat, type UnitRecord, unitKey } from "./store/store-file.js";

/**
 * Evaluates models on a data set: every case × slice × object × strategy × step × policy × model is a row, and with
 * `volume` every volume × object × strategy × step × model. The image encoder runs once for each slice and model. What
 * cannot be evaluated (an unreadable case, mismatched grids, an empty truth, a prompt that a model does not take) gives
 * rows with the reason, and the run continues.
 *
 * @example
 * const result = await evaluate({ models: "lite-medsam-clicks", data: samples, prompts: ["box", "points:1"] });
 * console.log(result.summary().overall, result.footnote);
 * await result.save("rows.csv");
 * // From one box on one slice through the whole volume, scored in 3D:
 * await evaluate({ models: "lite-medsam", data, volume: ["propagate:box", "propagate:box,laptop"] });
 * // A fine-tuned model and its base:
 * await evaluate({ models: [sam, tuned.sam], data, prompts: "box" });
 * const adapted = { adapter: "white-matter.safetensors" };
 * await evaluate({ models: ["lite-medsam", adapted], data, prompts: "box", workers: 2 });
 *
 * @throws {SamlabError} `argument-invalid` naming the option; `manifest-invalid`; as `loadSam`; `state-order` (the
 *   store holds another evaluation, or another process writes it); `hash-mismatch` (a case changed since the store was
 *   created); `disk-full`; `canceled`
 */
export function evaluate(options: EvaluateOptions): Promise<EvaluationResult> {
  return longWork("evaluating", options, ({ onProgress: show, ...work }) =>
    run({
      ...options,
      ...work,
      onProgress: options.onProgress ?? (show && ((progress) => show(shortText(progress), progress.fraction))),
    }),
  );
}

const shortText = ({ casesDone, cases, failures, note }: EvaluationProgress) =>
  note || `${casesDone} of ${cases} cases${failures > 0 ? `, ${failures} rows failed` : ""}`;

async function run(options: EvaluateOptions): Promise<EvaluationResult> {
  const { signal } = options;
  throwIfCanceled(signal, "The evaluation");
  const settings = settingsOf(options);
  const shard = parseShard(options.shard);
  const cases = await casesOf(options);
  const workers = await workerCount(options, cases.length);
  const executors: Executor[] = [];
  const disposals: (() => Promise<void>)[] = [];
  const onAbort = () => void Promise.all(executors.map((executor) => executor.close()));
  try {
    const start = workers > 1 ? startWorkers : startHere;
    await start({ ...options, workers }, cases, settings, executors, disposals);
    throwIfCanceled(signal, "The evaluation");
    signal?.addEventListener("abort", onAbort, { once: true });
    const { models } = executors[0];
    distinct(
      "models",
      models.map(({ name }) => name),
    );
    const plan = planOf(models, cases, settings);
    const indices = [...cases.keys()].filter((n) => n % shard.count === shard.index - 1);
    const mine = indices.map((n) => cases[n]);
    const ids = mine.map(({ id }) => id);
    const sinkOf = (inner: ResultSink) => new ProgressSink(inner, ids, models.length, options.onProgress);
    const header = { format: storeFormat, planHash: planHash(plan), shard, plan } as const;
    const report = (note: string) => sinkOf(new MemorySink()).report(note);
    const store = options.store ? await EvaluationStore.open(options.store, header, { signal, report }) : null;
    try {
      const checked = store ? await checkKnown(store.cases, mine, signal) : [];
      const sink = sinkOf(store ?? new MemorySink());
      const notes = [...models.flatMap((model) => model.notes ?? []), ...(store?.notes ?? []), ...checked];
      for (const note of notes) sink.report(note);
      await schedule(executors, cases, indices, sink, signal);
      const read = [...readingNotes(ids, sink.cases), ...trainingNotes(sink.units.values())];
      for (const note of read) sink.report(note);
      return new EvaluationResult(
        rowsInOrder(
          ids,
          models.map(({ name }) => name),
          sink,
        ),
        plan,
        [...notes, ...read],
      );
    } finally {
      await store?.close();
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await Promise.all([...executors.map((executor) => executor.close()), ...disposals.map((dispose) => dispose())]);
  }
}

type Start = (
  options: EvaluateOptions & { readonly workers: number },
  cases: readonly ManifestCase[],
  settings: UnitSettings,
  executors: Executor[],
  disposals: (() => Promise<void>)[],
) => Promise<void>;

const startHere: Start = async ({ models, device, signal }, cases, settings, executors, disposals) => {
  const sams: Sam[] = [];
  for (const model of list(models)) {
    if (isLoaded(model)) {
      sams.push(asSam(model));
      continue;
    }
    const { model: base, adapter, ...rest } = typeof model === "string" ? { model } : checkedModel(model);
    const sam = await loadModel(base, {
      ...rest,
      ...(adapter ? { adapter } : {}),
      ...(device ? { device } : {}),
      ...(signal ? { signal } : {}),
      onProgress: unseen,
    });
    disposals.push(() => sam.dispose());
    sams.push(sam);
  }
  distinct(
    "models",
    sams.map(({ name }) => name),
  );
  executors.push(new LocalExecutor(sams, cases, settings, signal));
};

const startWorkers: Start = async ({ models, device, workers }, cases, settings, executors) => {
  const given = await Promise.all(list(models).map((model) => workerModel(model, device)));
  const { window: _, ...rules } = settings;
  namedWindow(rules.scoring.window);
  const strategies = settings.strategies.map(({ name }) => name);
  const volumeStrategies = settings.volumeStrategies.map(({ name }) => name);
  const job = { ...rules, models: given, cases, strategies, volumeStrategies };
  const threads = threadsPerWorker(workers);
  // The first compiles models that are not in the cache; the others find them there.
  executors.push(await ProcessExecutor.create(job, threads));
  const others = Array.from({ length: workers - 1 }, () => ProcessExecutor.create(job, threads));
  const started = await Promise.allSettled(others);
  for (const result of started) if (result.status === "fulfilled") executors.push(result.value);
  for (const result of started) if (result.status === "rejected") throw result.reason;
};

function planOf(
  models: readonly ModelIdentity[],
  cases: readonly ManifestCase[],
  settings: UnitSettings,
): EvaluationPlan {
  const { strategies, volumeStrategies, slicesOfVolumes, policies, scoring, automask, seed } = settings;
  return {
    version: samlabPackage.version,
    models: models.map(({ name, hash, adapterHash, preprocessing, quality }) => ({
      name,
      hash,
      ...(adapterHash ? { adapterHash } : {}),
      ...(preprocessing ? { preprocessing } : {}),
      ...(quality === "stability" ? { quality } : {}),
    })),
    prompts: strategies.map(({ name }) => name),
    ...(volumeStrategies.length > 0 ? { volume: volumeStrategies.map(({ name }) => name), slicesOfVolumes } : {}),
    policies,
    scoring,
    automask: { ...automask },
    seed,
    cases: cases.map(plannedCase),
  };
}

/** Keeps results for a run without a store. */
class MemorySink implements ResultSink {
  readonly cases = new Map<string, CaseRecord>();
  readonly units = new Map<string, UnitRecord>();

  async add(record: StoreRecord): Promise<void> {
    if (record.kind === "case") this.cases.set(record.case, record);
    else this.units.set(unitKey(record), record);
  }
}
