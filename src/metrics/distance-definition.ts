/**
 * What counts as the surface of a mask, how its elements are weighted, and how the distances between the surfaces are
 * aggregated. The three agree on overlap but differ on distances by 10 % or more, so always state the definition with a
 * distance.
 *
 * - `surface-distance` (DeepMind's package, used by the CVPR laptop challenge): the surface runs between pixel centers
 * (marching squares, marching cubes); its elements sit on the pixels' corners and weigh their length in mm or area in
 * mm². HD95 is the larger of the two directed weighted percentiles (no interpolation); ASD and NSD are weighted.
 * - `medpy` (MedPy 0.5): the surface is the pixels of the mask with a side neighbor outside it, all of equal weight.
 * HD95 is the interpolated percentile of both directed sets put together; ASSD the mean of the two directed means.
 * MedPy has no NSD: the share of border pixels.
 * - `monai` (MONAI 1.x, its defaults): the same border pixels, distances in single precision. HD95 is the larger of the
 * two directed interpolated percentiles; ASSD the mean over both sets put together; NSD the share of border pixels.
 */
export type DistanceDefinition = "surface-distance" | "medpy" | "monai";

/** The names of all definitions. */
export const distanceDefinitions: readonly DistanceDefinition[] = ["surface-distance", "medpy", "monai"];
