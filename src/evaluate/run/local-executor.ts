import { SamlabError } from "../../core/errors.js";
import type { LoadedCase } from "../../datasets/case.js";
import type { ManifestCase } from "../../datasets/manifest/types.js";
import { pixelHash } from "../../io/image/pixel-hash.js";
import type { Sam } from "../../predict/sam.js";
import type { CaseRecord, UnitRecord } from "../store/store-file.js";
import type { EvaluationRow } from "../types.js";
import { evaluateVolume } from "../volume/evaluate-volume.js";
import { evaluateSlice } from "./evaluate-slice.js";
import type { Executor, Unit } from "./executor.js";
import { type OpenCase, openCase } from "./open-case.js";
import { failedRows, scopeOf } from "./rows.js";
import type { UnitSettings } from "./settings.js";
import { isWholeVolume, type SliceTask } from "./slices.js";

function isTrainedOn({ trainedImages }: Sam, loaded: LoadedCase, task: SliceTask): boolean {
  if (!trainedImages?.size) return false;
  if (loaded.kind === "image" || task.plane === "") {
    return loaded.kind === "image" && trainedImages.has(pixelHash(loaded.image));
  }
  const { volume } = loaded;
  const { plane } = task;
  const slices = isWholeVolume(task) ? [...Array(volume.view(plane).count).keys()] : [task.slice];
  return slices.some((slice) => trainedImages.has(pixelHash(volume.slice(slice, plane))));
}

/** Evaluates in this process. Keeps the pixels of the last case only. */
export class LocalExecutor implements Executor {
  readonly models: readonly Sam[];
  readonly #cases: readonly ManifestCase[];
  readonly #settings: UnitSettings;
  readonly #signal: AbortSignal | undefined;
  #current: { readonly caseIndex: number; readonly opened: Promise<OpenCase> } | undefined;

  constructor(
    models: readonly Sam[],
    cases: readonly ManifestCase[],
    settings: UnitSettings,
    signal: AbortSignal | undefined,
  ) {
    this.models = models;
    this.#cases = cases;
    this.#settings = settings;
    this.#signal = signal;
  }

  async open(caseIndex: number): Promise<CaseRecord> {
    return (await this.#open(caseIndex)).record;
  }

  async run({ caseIndex, task, modelIndex }: Unit): Promise<UnitRecord> {
    const entry = this.#cases[caseIndex];
    const sam = this.models[modelIndex];
    const { loaded, record } = await this.#open(caseIndex);
    const { dataHash, rows: problems } = record;
    // A case may have disappeared since its slices were listed, if the run was resumed.
    const rows = loaded
      ? await this.#evaluate(sam, loaded, task, dataHash)
      : failedRows(entry, sam, this.#settings, scopeOf(task), problems[0]?.failure ?? "The case is gone.", {
          plane: task.plane,
          slice: task.slice,
        });
    const unit = { kind: "unit", case: entry.id, slice: task.slice, model: sam.name, rows } as const;
    return loaded && isTrainedOn(sam, loaded, task) ? { ...unit, isTrained: true } : unit;
  }

  #evaluate(sam: Sam, loaded: LoadedCase, task: SliceTask, dataHash: string): Promise<EvaluationRow[]> {
    if (loaded.kind === "volume" && task.plane !== "" && isWholeVolume(task)) {
      return evaluateVolume(sam, loaded, task.plane, dataHash, this.#settings, this.#signal);
    }
    return evaluateSlice(sam, loaded, task, dataHash, this.#settings, this.#signal);
  }

  async close(): Promise<void> {
    this.#current = undefined;
  }

  #open(caseIndex: number): Promise<OpenCase> {
    if (this.#current?.caseIndex !== caseIndex) {
      const entry = this.#cases[caseIndex];
      if (!entry) throw new SamlabError("argument-invalid", `There is no case ${caseIndex}.`, { field: "caseIndex" });
      this.#current = { caseIndex, opened: openCase(entry, this.models, this.#settings, this.#signal) };
    }
    return this.#current.opened;
  }
}
