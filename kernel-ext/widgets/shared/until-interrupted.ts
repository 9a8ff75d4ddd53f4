import { SamlabError } from "../../../src/core/errors.js";
import { LoadedSam } from "../../../src/predict/loaded-sam.js";
import type { Sam } from "../../../src/predict/sam.js";
import { currentKernel } from "../../context.js";

/**
 * Calls a model that may be written in a cell. If an interrupt ends its code, its promise never settles: this one then
 * rejects. A model of the library computes on another thread, and is called as it is.
 * @throws {SamlabError} `canceled` after an interrupt; as the call
 */
export function untilInterrupted<T>(sam: Sam, call: () => Promise<T>): Promise<T> {
  const kernel = currentKernel();
  if (!kernel?.atInterrupt || sam instanceof LoadedSam) return call();
  const { atInterrupt } = kernel;
  return new Promise((resolve, reject) => {
    const forget = atInterrupt(() => {
      reject(
        new SamlabError("canceled", `${sam.name} was interrupted.`, {
          field: "sam",
          value: sam.name,
          remedy: "Prompt again.",
        }),
      );
    });
    // In a turn of its own: what is terminated takes the stack and the waiting microtasks with it.
    setImmediate(async () => {
      try {
        resolve(await call());
      } catch (error) {
        reject(error);
      } finally {
        forget();
      }
    });
  });
}

type Method = (...args: unknown[]) => Promise<unknown>;

const calls: ReadonlySet<string | symbol> = new Set<keyof Sam>([
  "setImage",
  "embed",
  "embedAhead",
  "predict",
  "predictBatch",
  "segment",
]);

/** The model, each of its asynchronous methods called as by {@link untilInterrupted}. */
export function interruptible(sam: Sam): Sam {
  if (!currentKernel()?.atInterrupt || sam instanceof LoadedSam) return sam;
  return new Proxy({} as Sam, {
    get: (_, key) => {
      const value: unknown = Reflect.get(sam, key, sam);
      if (typeof value !== "function") return value;
      const method = value.bind(sam) as Method;
      return calls.has(key) ? (...args: unknown[]) => untilInterrupted(sam, () => method(...args)) : method;
    },
    has: (_, key) => key in sam,
  });
}
