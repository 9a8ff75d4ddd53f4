import { isPicture } from "../../io/image/read-voxels.js";
import { distinctValues } from "../../io/mask/labels.js";
import { loadMask } from "../../io/mask/mask-file.js";
import { maskValues, readMaskRaster } from "../../io/mask/mask-raster.js";
import { MaskVolume } from "../../io/mask/mask-volume.js";

/** The numbers above 0 that occur in a truth, ascending. @throws {SamlabError} as `loadMask` */
export async function labelsIn(file: string, signal?: AbortSignal): Promise<number[]> {
  if (await isPicture(file, file, signal)) {
    const raster = await readMaskRaster(file, { signal });
    return distinctValues(maskValues(raster, [], file)).filter((label) => label > 0);
  }
  const mask = await loadMask(file, { signal });
  return mask instanceof MaskVolume ? mask.labels : [];
}
