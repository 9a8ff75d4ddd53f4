import { type DicomFile, readDicomFile, tags } from "./object.js";

const rtTags = { frames: "30060010", structures: "30060020", referencedFrame: "30060024" } as const;

/** The frames of reference that the positions in a file belong to; empty if it does not say. */
function framesOf(file: DicomFile): Set<string> {
  const structures = file.items(rtTags.structures).map((item) => item.text(rtTags.referencedFrame));
  const frames = file.items(rtTags.frames).map((item) => item.text(tags.frameOfReference));
  const own = [...structures, ...frames].filter((uid) => uid !== null);
  return new Set(own.length > 0 ? own : [file.text(tags.frameOfReference)].filter((uid) => uid !== null));
}

/**
 * A note where a segmentation was drawn in another frame of reference than an image: positions of two of them do not
 * compare (PS3.3 C.7.4.1).
 * @param series the files of the image; empty for other than DICOM
 */
export async function frameOfReferenceNote(file: DicomFile, series: readonly string[]): Promise<string | null> {
  if (series.length === 0) return null;
  const image = await readDicomFile(series[0]).catch(() => null);
  const [drawn, shown] = [framesOf(file), image ? framesOf(image) : new Set<string>()];
  if (drawn.size === 0 || shown.size === 0 || [...shown].some((uid) => drawn.has(uid))) return null;
  return "It was drawn in another frame of reference than that of the image, so it may be of another scan or patient.";
}
