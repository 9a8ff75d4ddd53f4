import { phantomCell, rowsCell } from "./cells.js";

/** Cells that show every widget, at work, without weights: the prompter, the comparison, the chart, the training. */
export const allWidgets: readonly string[] = [
  `${phantomCell}
const { chartDice, compareMasks, MaskVolume, sampleVolume, showFinetune } = await import("samlab");
const { volume, truth } = await sampleVolume("brain1");`,
  `const w = promptSlices(discs, volume, { slice: 15, objects: ["tumor", "ventricles of the brain"], keep: false });
await w.setPrompts({ box: [163, 138, 207, 168], points: [{ x: 183, y: 153 }] });
w.object = "ventricles of the brain";
await w.setPrompts({ points: [{ x: 112, y: 110 }] });
w`,
  `const moved = (di: number, dj: number) => {
  const [nx, ny] = truth.size;
  const data = new Uint8Array(truth.data.length);
  for (let n = 0; n < data.length; n++) {
    const [i, j] = [(n % nx) - di, (Math.floor(n / nx) % ny) - dj];
    if (i >= 0 && j >= 0 && i < nx && j < ny) data[n] = truth.data[n - di - dj * nx] > 0 ? 1 : 0;
  }
  return new MaskVolume({ data, size: truth.size, affine: truth.affine, source: "moved" });
};
compareMasks(volume, { "zero-shot": moved(14, 9), "fine-tuned, 40 steps": moved(2, 0), truth })`,
  rowsCell,
  "chartDice(rows)",
  `import type { FineTuned, FinetuneOptions } from "samlab";
const done = async (_: unknown, { onProgress }: FinetuneOptions = {}) => {
  const loss = Array.from({ length: 60 }, (_, n) => 0.15 + Math.exp(-n / 15) + 0.08 * Math.sin(7 * n));
  const validation = [10, 20, 30, 40, 50, 60].map((step) => ({ step, dice: 0.9 - Math.exp(-step / 12) }));
  for (const [n, value] of loss.entries()) {
    const dice = validation.find(({ step }) => step === n + 1)?.dice;
    onProgress?.({ phase: dice === undefined ? "training" : "validating", step: n + 1, steps: 60, loss: value,
      validationDice: dice ?? NaN, secondsLeft: 60 - n, note: "" });
  }
  const notes = ["Took 60 steps."];
  return { history: { loss, validation }, steps: 60, bestStep: 60, notes } as unknown as FineTuned;
};
const training = showFinetune({ name: "lite-medsam", finetune: done }, [], { validation: [{} as never] });
await training.result.then(() => {});`,
];

/** Of each widget, in the order of the cells. */
export const widgetSelectors = [".sl:not(.mc):not(.dc):not(.tr)", ".mc", ".dc", ".tr"] as const;
