import type { EvaluationProgress } from "./options.js";
import type { ResultSink } from "./run/schedule.js";
import type { CaseRecord, StoreRecord, UnitRecord } from "./store/store-file.js";

/** Passes results on to a sink, in memory or on disk, and reports progress after each. */
export class ProgressSink implements ResultSink {
  readonly #inner: ResultSink;
  readonly #caseIds: readonly string[];
  readonly #modelCount: number;
  readonly #onProgress: ((progress: EvaluationProgress) => void) | undefined;
  readonly #start = performance.now();
  readonly #unitsOf = new Map<string, number>();
  readonly #doneAtStart: number;
  #units = 0;
  #rows = 0;
  #failures = 0;

  /** @param caseIds the cases of this run */
  constructor(
    inner: ResultSink,
    caseIds: readonly string[],
    modelCount: number,
    onProgress?: (progress: EvaluationProgress) => void,
  ) {
    this.#inner = inner;
    this.#caseIds = caseIds;
    this.#modelCount = modelCount;
    this.#onProgress = onProgress;
    for (const record of [...inner.cases.values(), ...inner.units.values()]) this.#count(record);
    this.#doneAtStart = this.#fractionDone();
  }

  get cases(): ReadonlyMap<string, CaseRecord> {
    return this.#inner.cases;
  }

  get units(): ReadonlyMap<string, UnitRecord> {
    return this.#inner.units;
  }

  async add(record: StoreRecord): Promise<void> {
    await this.#inner.add(record);
    this.#count(record);
    if (record.kind === "unit") this.#units++;
    this.report();
  }

  report(note = ""): void {
    const seconds = (performance.now() - this.#start) / 1000;
    const fraction = this.#fractionDone();
    const gained = fraction - this.#doneAtStart;
    this.#onProgress?.({
      casesDone: this.#caseIds.filter((id) => this.#caseFraction(id) === 1).length,
      cases: this.#caseIds.length,
      units: this.#units,
      unitsPerSecond: this.#units / seconds,
      rows: this.#rows,
      failures: this.#failures,
      fraction,
      secondsLeft: gained > 0 ? ((1 - fraction) / gained) * seconds : Number.NaN,
      note,
    });
  }

  #count(record: StoreRecord): void {
    this.#rows += record.rows.length;
    this.#failures += record.rows.filter(({ failure }) => failure !== "").length;
    if (record.kind === "unit") this.#unitsOf.set(record.case, (this.#unitsOf.get(record.case) ?? 0) + 1);
  }

  #caseFraction(id: string): number {
    const record = this.cases.get(id);
    if (!record) return 0;
    const all = record.slices.length * this.#modelCount;
    return all === 0 ? 1 : (this.#unitsOf.get(id) ?? 0) / all;
  }

  /** Each case counts the same: the number of slices of cases not opened yet is unknown. */
  #fractionDone(): number {
    return this.#caseIds.reduce((sum, id) => sum + this.#caseFraction(id), 0) / this.#caseIds.length;
  }
}
