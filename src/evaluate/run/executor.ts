import type { ModelIdentity } from "../plan.js";
import type { CaseRecord, UnitRecord } from "../store/store-file.js";
import type { SliceTask } from "./slices.js";

/** One case × slice × model. */
export interface Unit {
  readonly caseIndex: number;
  readonly task: SliceTask;
  readonly modelIndex: number;
}

/** A place where units are evaluated, one at a time: this process, or a worker process. */
export interface Executor {
  readonly models: readonly ModelIdentity[];
  /** Loads a case and says which slices there are; what is wrong with it as a whole becomes rows. */
  open(caseIndex: number): Promise<CaseRecord>;
  run(unit: Unit): Promise<UnitRecord>;
  /** Ends what is running. Idempotent. */
  close(): Promise<void>;
}
