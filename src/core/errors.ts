import { abortedSignal } from "./ambient.js";

/** All error codes, grouped by the layer that raises them. */
export type ErrorCode =
  // arguments and state
  | "argument-invalid"
  | "state-order"
  | "canceled"
  | "disposed"
  // files and formats
  | "file-missing"
  | "file-unreadable"
  | "file-truncated"
  | "file-write-failed"
  | "disk-full"
  | "format-unknown"
  | "format-unsupported"
  | "format-invalid"
  // images and masks
  | "image-not-finite"
  | "image-empty"
  | "geometry-mismatch"
  // prompts
  | "prompt-invalid"
  | "prompt-unsupported"
  // checkpoints and models
  | "checkpoint-invalid"
  | "checkpoint-unsafe"
  | "model-unknown"
  | "tensor-missing"
  | "tensor-shape"
  | "graph-invalid"
  // running
  | "provider-unavailable"
  | "run-failed"
  | "training-diverged"
  // data sets and set-up
  | "manifest-invalid"
  | "hash-mismatch"
  | "network-unavailable"
  | "environment";

/** Machine-readable details of an error. The message states them for people. */
export interface ErrorDetails {
  /** The file that was read or written. */
  file?: string | undefined;
  /** The field, argument, tensor or manifest entry at fault. */
  field?: string | undefined;
  /** The offending value. */
  value?: unknown;
  /** What the user can do about it: one imperative sentence. */
  remedy?: string | undefined;
  /** The underlying error. */
  cause?: unknown;
}

/**
 * The error class of samlab. `message` says what was wrong, where, and (from `remedy`) what to do.
 *
 * @example
 * try { await loadVolume("ct.nii.gz") } catch (error) {
 *   if (isSamlabError(error, "file-truncated")) console.log(error.file);
 * }
 */
export class SamlabError extends Error {
  override readonly name = "SamlabError";
  /** What kind of error it is, for programs. */
  readonly code: ErrorCode;
  /** The file that was read or written. */
  readonly file: string | undefined;
  /** The field, argument, tensor, or manifest entry at fault. */
  readonly field: string | undefined;
  /** The offending value. */
  readonly value: unknown;
  /** What the user can do about it; also the end of `message`. */
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const text = details.remedy ? `${message} ${details.remedy}` : message;
    super(text, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.file = details.file;
    this.field = details.field;
    this.value = details.value;
    this.remedy = details.remedy;
  }
}

/** True for a {@link SamlabError}; with `code`, only for an error of that code. Works across copies of the library. */
export function isSamlabError(error: unknown, code?: ErrorCode): error is SamlabError {
  if (!(error instanceof Error) || error.name !== "SamlabError" || !("code" in error)) return false;
  return code === undefined || error.code === code;
}

/** The message of an error up to what can be done about it. */
export function withoutRemedy({ message, remedy }: SamlabError): string {
  return remedy && message.endsWith(remedy) ? message.slice(0, -remedy.length).trimEnd() : message;
}

/** An error of inner work, told with `where` it occurred; `details` replace its own. */
export function errorIn(where: string, error: SamlabError, details: ErrorDetails = {}): SamlabError {
  const { code, file, field, value, remedy } = error;
  return new SamlabError(code, `${where}: ${withoutRemedy(error)}`, {
    ...{ file, field, value, remedy },
    ...details,
    cause: error,
  });
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Throws a `canceled` error when the signal, or that of the host, has been aborted. `what` names the work that
 * stopped.
 */
export function throwIfCanceled(signal: AbortSignal | undefined, what: string): void {
  const aborted = abortedSignal(signal);
  if (aborted) throw new SamlabError("canceled", `${what} was canceled.`, { cause: aborted.reason });
}

/** Formats a value for an error message: short, quoted when it is a string. */
export function show(value: unknown): string {
  return shown(value, 0);
}

function shown(value: unknown, depth: number): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  if (ArrayBuffer.isView(value) || Array.isArray(value)) {
    if (depth === deepest) return "[…]";
    const items = Array.from(value as ArrayLike<unknown>);
    const head = short(
      items
        .slice(0, 8)
        .map((item) => shown(item, depth + 1))
        .join(", "),
    );
    return items.length > 8 ? `[${head}, ... ${items.length} in all]` : `[${head}]`;
  }
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return String(value);
  if (depth === deepest) return "{…}";
  if ("toJSON" in value && typeof value.toJSON === "function") return shown(value.toJSON(), depth + 1);
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${shown(field, depth + 1)}`);
  return short(`{${fields.join(",")}}`);
}

/** Maximum nesting depth shown; deeper or circular values are abbreviated. */
const deepest = 4;

const short = (text: string) => (text.length > 300 ? `${text.slice(0, 297)}...` : text);
