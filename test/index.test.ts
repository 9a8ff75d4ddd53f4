import { expect, it } from "vitest";
import * as samlab from "../src/index.js";

it("exports what the documentation names, and nothing by accident", () => {
  expect(Object.keys(samlab).sort()).toMatchInlineSnapshot(`
    [
      "MaskVolume",
      "SamlabError",
      "Volume",
      "applyWindow",
      "catalog",
      "defaultModel",
      "devices",
      "dice",
      "emptyMask",
      "iou",
      "isSamlabError",
      "loadImage",
      "loadMask",
      "loadSam",
      "loadVolume",
      "maskArea",
      "maskBox",
      "resolveWindow",
      "sampleCase",
      "sampleImage",
      "sampleVolume",
      "samples",
      "saveMask",
      "windowPresets",
    ]
  `);
});
