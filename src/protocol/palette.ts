/** Okabe–Ito colors by meaning, used in all widgets, images and charts. */
export const palette = {
  zeroShot: "#0072b2",
  fineTuned: "#e69f00",
  truth: "#009e73",
  include: "#009e73",
  exclude: "#d55e00",
  /** Agreement with the truth: in both, only predicted, only true. */
  both: "#009e73",
  onlyPredicted: "#d55e00",
  onlyTruth: "#56b4e9",
} as const;
