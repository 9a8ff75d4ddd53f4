import { basename, dirname, join } from "node:path";
import { SamlabError, show } from "../../core/errors.js";
import { chooseChannel, datasetChannels } from "./channels.js";
import { datasetLabels, withLabels } from "./dataset-labels.js";
import { type Fields, fieldsOf, isFields, listOf, optionalText, textOf, wrongField } from "./fields.js";
import { isFile, listFiles, readableName, settleUnmatched } from "./files.js";
import { modalityIn } from "./modality.js";
import type { CaseDraft, DatasetDraft, ImportOptions } from "./types.js";

/** The files of one case; `null` if missing. */
interface CaseFiles {
  readonly id: string;
  readonly split: "train" | "test";
  readonly image: string | null;
  readonly label: string | null;
}

/**
 * An nnU-Net raw data set, version 1 or 2 of its dataset.json: `imagesTr/CASE_0000.nii.gz` with `labelsTr/CASE.nii.gz`,
 * and the test cases where there is a `labelsTs`; or the files that a `dataset` section lists. Pictures in RGB are one
 * file for three channels.
 * @throws {SamlabError} `manifest-invalid`, `argument-invalid` (which channel?), `format-unsupported` (file type,
 * regions), `file-missing`
 */
export async function readNnunet(file: string, json: Fields, options: ImportOptions): Promise<DatasetDraft> {
  const folder = dirname(file);
  const ending = json.file_ending === undefined ? ".nii.gz" : textOf(json, "file_ending", file);
  if (!readableName.test(`x${ending}`)) throw unreadable(file, ending);
  const labels = options.labels === undefined ? datasetLabels(fieldsOf(json, "labels", file), file) : null;
  const channels = datasetChannels(json, file);
  const isColor =
    /^\.(png|jpe?g)$/i.test(ending) &&
    channels.length === 3 &&
    options.channel === undefined &&
    !(await listFiles(join(folder, "imagesTr")))?.some((name) => name.endsWith(`_0001${ending}`));
  const channel = isColor
    ? { index: 0, name: channels.map(({ name }) => name).join("") }
    : chooseChannel(channels, options.channel, file);
  const found =
    json.dataset === undefined
      ? [
          ...(await filesOf(folder, "Tr", channel.index, ending)),
          ...(await filesOf(folder, "Ts", channel.index, ending)),
        ]
      : await listedFiles(folder, file, fieldsOf(json, "dataset", file), channel.index);
  const cases: CaseDraft[] = [];
  const unmatched: string[] = [];
  for (const { id, image, label, split } of found) {
    if (image === null) unmatched.push(`${id} has no image of channel ${channel.index}`);
    else if (label === null) unmatched.push(`${id} has no label`);
    else {
      const modality = modalityIn(channel.name);
      cases.push(
        ...withLabels({ id, image: { file: image }, truth: { file: label }, labels: null, modality, split }, labels),
      );
    }
  }
  return {
    format: "nnunet",
    file,
    name: optionalText(json, "name", "dataset_name") ?? basename(folder),
    description: optionalText(json, "description"),
    license: optionalText(json, "licence", "license"),
    source: optionalText(json, "reference"),
    cases,
    notes: settleUnmatched(unmatched, file, options),
  };
}

/**
 * Pairs `images<part>` with `labels<part>`. Without a folder of labels its images are no cases: a test set to predict
 * on.
 */
async function filesOf(folder: string, part: "Tr" | "Ts", channel: number, ending: string): Promise<CaseFiles[]> {
  const [images, labels] = [join(folder, `images${part}`), join(folder, `labels${part}`)];
  const imageNames = await listFiles(images);
  const labelNames = await listFiles(labels);
  if (part === "Ts" && labelNames === null) return [];
  for (const [path, names] of [
    [images, imageNames],
    [labels, labelNames],
  ] as const) {
    if (names === null) {
      throw new SamlabError("file-missing", `There is no folder ${path}.`, {
        file: path,
        remedy: "An nnU-Net data set has imagesTr and labelsTr beside its dataset.json.",
      });
    }
  }
  const ids = new Set<string>();
  const present = new Set(imageNames);
  for (const name of present) {
    const stem = name.endsWith(ending) ? name.slice(0, -ending.length) : "";
    if (/._[0-9]{4}$/.test(stem)) ids.add(stem.slice(0, -5));
  }
  const labeled = new Set(
    labelNames?.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length)),
  );
  for (const id of labeled) ids.add(id);
  return [...ids].map((id) => {
    const image = `${id}_${String(channel).padStart(4, "0")}${ending}`;
    return {
      id,
      split: part === "Tr" ? "train" : "test",
      image: present.has(image) ? join(images, image) : null,
      label: labeled.has(id) ? join(labels, `${id}${ending}`) : null,
    };
  });
}

/** The `dataset` section of nnU-Net 2: `{ CASE: { "images": [one file a channel], "label": file } }`. */
async function listedFiles(folder: string, file: string, dataset: Fields, channel: number): Promise<CaseFiles[]> {
  const found: CaseFiles[] = [];
  for (const [id, entry] of Object.entries(dataset)) {
    const field = `dataset.${id}`;
    if (!isFields(entry)) throw wrongField(file, field, entry, "must be an object with images and label");
    const image = listOf(entry, "images", file)[channel];
    if (typeof image !== "string")
      throw wrongField(file, `${field}.images`, entry.images, `must list channel ${channel}`);
    const [imageFile, labelFile] = [join(folder, image), join(folder, textOf(entry, "label", file, `${field}.label`))];
    found.push({
      id,
      split: "train",
      image: (await isFile(imageFile)) ? imageFile : null,
      label: (await isFile(labelFile)) ? labelFile : null,
    });
  }
  return found;
}

function unreadable(file: string, ending: string): SamlabError {
  return new SamlabError("format-unsupported", `${file}: samlab does not read ${show(ending)} files.`, {
    file,
    field: "file_ending",
    value: ending,
    remedy: "Convert images and labels to .nii.gz (volumes) or .png (pictures).",
  });
}
