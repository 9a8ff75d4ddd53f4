import type { ModelIdentity } from "../plan.js";
import type { CaseRecord, UnitRecord } from "../store/store-file.js";
import type { SliceTask } from "./slices.js";

/** One case × slice × model. */
export interface Unit {
  readonly caseIndex: number;
  readonly task: SliceTask;
  readonly modelIndex: number;
}

/** Evaluates units, one at a time, in this process or a worker process. */
export interface Executor {
  readonly models: readonly ModelIdentity[];
  /** Loads a case and lists its slices. Errors that concern the whole case become rows. */
  open(caseIndex: number): Promise<CaseRecord>;
  run(unit: Unit): Promise<UnitRecord>;
  /** Stops running work. Idempotent. */
  close(): Promise<void>;
}
