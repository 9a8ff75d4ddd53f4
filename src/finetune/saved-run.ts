import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { openSafetensors } from "../checkpoint/safetensors.js";
import { readFloat32 } from "../checkpoint/tensor-map.js";
import { type Float32Tensor, safetensorsPieces } from "../checkpoint/write-safetensors.js";
import { cacheFolder, cacheLimit } from "../io/files/cache-folder.js";
import { sweepFiles } from "../io/files/cached-files.js";
import { writeError } from "../io/files/file-errors.js";
import { makeFolder } from "../io/files/make-folder.js";
import { writeFileAtomic } from "../io/files/write-file.js";
import type { TrainerState } from "../train/graph-trainer.js";
import type { FinetuneHistory } from "./types.js";

/** The state of a training run between two steps. */
export interface RunState {
  readonly trainer: TrainerState;
  /** Prompts (or episodes of prompts) drawn so far. */
  readonly episode: number;
  readonly history: FinetuneHistory;
  /** The best weights so far, with their step and mean validation Dice. */
  readonly best: { readonly step: number; readonly dice: number; readonly parameters: Float32Array } | null;
}

/** Bytes of saved states on disk. A training that was given up leaves one. */
const limit = () => cacheLimit(process.env.SAMLAB_TRAINING_CACHE_MB, 4096);

/** Those of trainings that are at work, perhaps in other processes, are younger than this, ms. */
const spared = 3600 * 1000;

/** Saved state of a training run, so that a kernel crash loses seconds and not the whole run. */
export class SavedRun {
  readonly #path: string;

  /** @param identity model, cases, and options, as JSON */
  constructor(identity: unknown) {
    const key = JSON.stringify(identity);
    this.#path = cacheFolder("training", `${createHash("sha256").update(key).digest("hex").slice(0, 32)}.safetensors`);
  }

  /** `null` when there is none, or it cannot be read. */
  async read(): Promise<RunState | null> {
    const file = await openSafetensors(this.#path).catch(() => null);
    if (!file) return null;
    try {
      const vectors = new Map<string, Float32Array>();
      for (const [name, tensor] of file.tensors) vectors.set(name, (await readFloat32(name, tensor)).slice());
      const { step, updates, episode, history, best } = JSON.parse(file.metadata.run);
      const state = [...vectors.keys()].filter((name) => name.startsWith("state.")).sort();
      const parameters = vectors.get("parameters");
      const bestParameters = vectors.get("best");
      if (!parameters || !updates) return null;
      return {
        trainer: { step, updates, parameters, state: state.map((name) => vectors.get(name) as Float32Array) },
        episode,
        history,
        best: best && bestParameters ? { ...best, parameters: bestParameters } : null,
      };
    } catch {
      return null;
    } finally {
      await file.close();
    }
  }

  /** @throws {SamlabError} `disk-full`, `file-write-failed` */
  async write({ trainer, episode, history, best }: RunState): Promise<void> {
    await makeFolder(dirname(this.#path)).catch((error: unknown) => {
      throw writeError(error, this.#path);
    });
    const tensors = new Map<string, Float32Tensor>([["parameters", vector(trainer.parameters)]]);
    trainer.state.forEach((data, n) => {
      tensors.set(`state.${n}`, vector(data));
    });
    if (best) tensors.set("best", vector(best.parameters));
    const { step, updates } = trainer;
    const run = { step, updates, episode, history, best: best && { step: best.step, dice: best.dice } };
    await writeFileAtomic(this.#path, safetensorsPieces(tensors, { run: JSON.stringify(run) }));
    await sweepFiles(dirname(this.#path), limit(), spared).catch(() => undefined);
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

function vector(data: Float32Array): Float32Tensor {
  return { dims: [data.length], data };
}
