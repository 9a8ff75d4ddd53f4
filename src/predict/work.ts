/** Model, provider and times of a run; displayed in the footer of widgets and below results. */
export interface RunInfo {
  /** `CPU`, `CUDA`, `WebGPU`. */
  readonly provider: string;
  /** How long it took. */
  readonly milliseconds: number;
}

/** Cancellation and progress options of long operations. */
export interface WorkOptions {
  /** Cancels the work, which then throws `canceled`. */
  readonly signal?: AbortSignal;
  /** Called with the current activity and, if known, the completed fraction 0 to 1. */
  readonly onProgress?: (step: string, fraction?: number) => void;
}
