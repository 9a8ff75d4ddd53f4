import type { Modality } from "../manifest/types.js";

/**
 * Words that name a modality in channel names (nnU-Net, Decathlon) and in the file names of the MedSAM challenges;
 * lower case.
 */
const words: Readonly<Record<string, Modality>> = {
  ct: "CT",
  cta: "CT",
  cbct: "CT",
  ncct: "CT",
  mr: "MR",
  mri: "MR",
  t1: "MR",
  t1w: "MR",
  t1c: "MR",
  t1ce: "MR",
  t1gd: "MR",
  t1n: "MR",
  t2: "MR",
  t2w: "MR",
  t2f: "MR",
  flair: "MR",
  adc: "MR",
  dwi: "MR",
  swi: "MR",
  pet: "PET",
  suv: "PET",
  us: "Ultrasound",
  ultrasound: "Ultrasound",
  xray: "X-ray",
  cxr: "X-ray",
  mammo: "Mammography",
  mammography: "Mammography",
  mammogram: "Mammography",
  dermoscopy: "Dermoscopy",
  dermoscope: "Dermoscopy",
  endoscopy: "Endoscopy",
  endoscope: "Endoscopy",
  colonoscopy: "Endoscopy",
  fundus: "Fundus",
  oct: "OCT",
  pathology: "Pathology",
  histology: "Pathology",
  microscopy: "Microscopy",
  microscope: "Microscopy",
};

/** The modality given by the first matching word of a name; `null` if none matches. */
export function modalityIn(name: string): Modality | null {
  for (const word of name
    .toLowerCase()
    .replace(/x[-_ ]ray/g, "xray")
    .split(/[^a-z0-9]+/)) {
    if (Object.hasOwn(words, word)) return words[word];
  }
  return null;
}
