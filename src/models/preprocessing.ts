/** Preprocessing kinds of the model family. Inference must use the same one as training. */
export const preprocessingKinds = [
  "sam",
  "medsam",
  "lite-medsam",
  "sam-med2d",
  "medical-sam-adapter",
  "medical-sam-adapter-until-2025",
  "samed",
  "auto-sam",
  "de-sam",
  "micro-sam",
  "scribble-prompt",
  "samus",
  "sam2",
  "medsam2",
] as const;

/**
 * How a picture becomes the model's input: `sam`, `medsam`, `lite-medsam`, `sam-med2d`, `medical-sam-adapter`,
 * `medical-sam-adapter-until-2025`, `samed`, `auto-sam`, `de-sam`, `micro-sam`, `scribble-prompt`, `samus`, `sam2`, or
 * `medsam2`.
 */
export type Preprocessing = (typeof preprocessingKinds)[number];

/** For people: whose way it is, and what is done. */
export const preprocessingTexts: Readonly<Record<Preprocessing, { readonly name: string; readonly summary: string }>> =
  {
    sam: { name: "SAM", summary: "longest side to the input size, mean and deviation of ImageNet, zeros beside" },
    medsam: { name: "MedSAM", summary: "both sides to the input size by cubic splines, min–max to 0…1" },
    "lite-medsam": {
      name: "LiteMedSAM",
      summary: "longest side to the input size by areas, min–max to 0…1, zeros beside",
    },
    "sam-med2d": {
      name: "SAM-Med2D",
      summary: "both sides to the input size by nearest pixels, mean and deviation of ImageNet",
    },
    "medical-sam-adapter": {
      name: "Medical SAM Adapter",
      summary: "both sides to the input size by Pillow's bilinear filter, mean and deviation of ImageNet",
    },
    "medical-sam-adapter-until-2025": {
      name: "Medical SAM Adapter until April 2025",
      summary: "both sides to the input size by Pillow's bilinear filter, 0…1",
    },
    samed: { name: "SAMed", summary: "both sides to 224, then to the input size by cubic splines, 0…1" },
    "auto-sam": {
      name: "AutoSAM",
      summary: "min–max to 0…1, both sides to 224 by linear splines, then to the input size bilinearly",
    },
    "de-sam": {
      name: "DeSAM",
      summary:
        "gray, both sides to 256 by cubic splines, then to the input size bilinearly, mean and deviation of ImageNet",
    },
    "micro-sam": {
      name: "micro-sam",
      summary: "each channel min–max to 0…255, then as SAM",
    },
    "scribble-prompt": {
      name: "ScribblePrompt",
      summary: "gray, min–max to 0…1, both sides to the input size bilinearly",
    },
    samus: { name: "SAMUS", summary: "gray, both sides to the input size by Pillow's bilinear filter, 0…1" },
    sam2: {
      name: "SAM 2",
      summary: "0…1, both sides to the input size bilinearly with antialiasing, mean and deviation of ImageNet",
    },
    medsam2: {
      name: "MedSAM2",
      summary: "both sides to the input size by Pillow's bicubic filter, mean and deviation of ImageNet",
    },
  };
