import { SamlabError } from "../core/errors.js";
import type { Sam } from "./sam.js";
import type { Sam3d } from "./sam3d.js";

/** A model for volumes in the place of one for slices, where either is taken. It refuses slices. */
export class VolumesOnly implements Sam {
  readonly lowResSize = 0;
  readonly quality = "stability";

  constructor(readonly sam3d: Sam3d) {}

  get name(): string {
    return this.sam3d.name;
  }

  get prompts(): Sam["prompts"] {
    return this.sam3d.prompts;
  }

  get hash(): string {
    return this.sam3d.hash;
  }

  get provider(): string {
    return this.sam3d.provider;
  }

  get notes(): readonly string[] {
    return this.sam3d.notes;
  }

  setImage(): Promise<never> {
    return this.#refuse();
  }

  embed(): Promise<never> {
    return this.#refuse();
  }

  predict(): Promise<never> {
    return this.#refuse();
  }

  predictBatch(): Promise<never> {
    return this.#refuse();
  }

  dispose(): Promise<void> {
    return this.sam3d.dispose();
  }

  async #refuse(): Promise<never> {
    throw new SamlabError("prompt-unsupported", `${this.name} segments volumes, not single slices.`, {
      field: "model",
      value: this.name,
      remedy: 'Use segmentVolume; in an evaluation, volume: "propagate:click,volume" (--volume).',
    });
  }
}
