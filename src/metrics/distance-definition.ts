/**
 * What counts as the surface of a mask, how heavy its elements are, and how the distances from one surface to the other become a figure. The
 * three agree on overlap and differ on distances by a tenth and more, so a figure without the name of its definition says little.
 *
 * - `surface-distance` (DeepMind's package, used by the CVPR laptop challenge): the surface runs between pixel centres (marching squares,
 *   marching cubes); its elements sit on the pixels' corners and weigh their length in mm or area in mm². HD95 is the larger of the two directed
 *   weighted percentiles (no interpolation); ASD and NSD are weighted.
 * - `medpy` (MedPy 0.5): the surface is the pixels of the mask with a side neighbour outside it, all of equal weight. HD95 is the
 *   interpolated percentile of both directed sets put together; ASSD the mean of the two directed means. MedPy has no NSD: the share of border pixels.
 * - `monai` (MONAI 1.x, its defaults): the same border pixels, distances in single precision. HD95 is the larger of the two directed interpolated
 *   percentiles; ASSD the mean over both sets put together; NSD the share of border pixels.
 */
export type DistanceDefinition = "surface-distance" | "medpy" | "monai";

/** The names of all definitions. */
export const distanceDefinitions: readonly DistanceDefinition[] = ["surface-distance", "medpy", "monai"];
