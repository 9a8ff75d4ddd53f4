import type { ErrorCode } from "../../core/errors.js";
import type { ManifestCase } from "../../datasets/manifest/types.js";
import type { ModelIdentity } from "../plan.js";
import type { CaseRecord, UnitRecord } from "../store/store-file.js";
import type { Unit } from "./executor.js";
import type { UnitSettings } from "./settings.js";
import type { WorkerModel } from "./worker-models.js";

/** Everything that a worker process needs, with strategies and a preset's window by name. */
export interface WorkerJob extends Omit<UnitSettings, "strategies" | "volumeStrategies" | "window"> {
  readonly models: readonly WorkerModel[];
  readonly cases: readonly ManifestCase[];
  readonly strategies: readonly string[];
  readonly volumeStrategies: readonly string[];
}

export type WorkerRequest =
  | { readonly kind: "start"; readonly job: WorkerJob }
  | { readonly kind: "open"; readonly caseIndex: number }
  | { readonly kind: "run"; readonly unit: Unit };

export interface WorkerReplies {
  start: readonly ModelIdentity[];
  open: CaseRecord;
  run: UnitRecord;
}

export interface RequestEnvelope {
  readonly id: number;
  readonly request: WorkerRequest;
}

export type ReplyEnvelope =
  | { readonly id: number; readonly reply: WorkerReplies[keyof WorkerReplies] }
  | { readonly id: number; readonly error: { readonly code: ErrorCode; readonly message: string } };
