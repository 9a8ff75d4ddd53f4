import { basename, dirname, join } from "node:path";
import { chooseChannel, datasetChannels } from "./channels.js";
import { datasetLabels, withLabels } from "./dataset-labels.js";
import { type Fields, fieldsOf, isFields, listOf, optionalText, textOf, wrongField } from "./fields.js";
import { isFile, settleUnmatched, stemOf } from "./files.js";
import { modalityIn } from "./modality.js";
import type { CaseDraft, DatasetDraft, ImportOptions } from "./types.js";

/**
 * A task of the Medical Segmentation Decathlon (or MONAI's data lists of that form): the `training` list of its
 * dataset.json. Several modalities are the volumes of one 4D file. Its `test` list has no truth.
 * @throws {SamlabError} `manifest-invalid`, `argument-invalid` (which channel?), `file-missing`
 */
export async function readDecathlon(file: string, json: Fields, options: ImportOptions): Promise<DatasetDraft> {
  const folder = dirname(file);
  const labels = options.labels === undefined ? datasetLabels(fieldsOf(json, "labels", file), file) : null;
  const channels = datasetChannels(json, file);
  const channel = chooseChannel(channels, options.channel, file);
  const frame = channels.length > 1 ? channel.index : undefined;
  const cases: CaseDraft[] = [];
  const unmatched: string[] = [];
  for (const [n, { image, label }] of trainingPairs(json, file).entries()) {
    const [imageFile, labelFile] = [join(folder, image), join(folder, label)];
    if (!(await isFile(imageFile))) unmatched.push(`training[${n}] has no image ${image}`);
    else if (!(await isFile(labelFile))) unmatched.push(`training[${n}] has no label ${label}`);
    else {
      const modality = modalityIn(channel.name);
      const id = stemOf(basename(image));
      const truth = { file: labelFile };
      cases.push(
        ...withLabels({ id, image: { file: imageFile, frame }, truth, labels: null, modality, split: "train" }, labels),
      );
    }
  }
  return {
    format: "decathlon",
    file,
    name: optionalText(json, "name") ?? basename(folder),
    description: optionalText(json, "description"),
    license: optionalText(json, "licence", "license"),
    source: optionalText(json, "reference"),
    cases,
    notes: settleUnmatched(unmatched, file, options),
  };
}

/** The `training` list of a dataset.json, checked. */
export function trainingPairs(json: Fields, file: string): { readonly image: string; readonly label: string }[] {
  return listOf(json, "training", file).map((entry, n) => {
    const field = `training[${n}]`;
    if (!isFields(entry)) throw wrongField(file, field, entry, "must be an object with image and label");
    return {
      image: textOf(entry, "image", file, `${field}.image`),
      label: textOf(entry, "label", file, `${field}.label`),
    };
  });
}
