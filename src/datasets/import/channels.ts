import { SamlabError, show } from "../../core/errors.js";
import { type Fields, isFields, wrongField } from "./fields.js";

/** One channel of a data set: its number and its name. */
export interface ImageChannel {
  readonly index: number;
  readonly name: string;
}

/**
 * The channels of a dataset.json, in order: `channel_names` (nnU-Net 2) or `modality` (Decathlon, nnU-Net 1).
 * @throws {SamlabError} `manifest-invalid`
 */
export function datasetChannels(json: Fields, file: string): ImageChannel[] {
  const field = json.channel_names === undefined ? "modality" : "channel_names";
  const value = json[field];
  if (value === undefined) throw wrongField(file, "channel_names (or modality)", undefined, "is missing");
  const wanted = 'must be an object such as { "0": "CT" }';
  if (!isFields(value) || Object.keys(value).length === 0) throw wrongField(file, field, value, wanted);
  return Object.entries(value)
    .map(([key, name]) => {
      if (!/^[0-9]+$/.test(key) || typeof name !== "string") throw wrongField(file, `${field}.${key}`, name, wanted);
      return { index: Number(key), name };
    })
    .sort((a, b) => a.index - b.index);
}

/**
 * The channel to segment: the only one, or the requested one.
 * @throws {SamlabError} `argument-invalid` when there are several and none was requested, or the requested one does not
 * exist
 */
export function chooseChannel(
  channels: readonly ImageChannel[],
  wanted: number | string | undefined,
  file: string,
): ImageChannel {
  if (wanted === undefined && channels.length === 1) return channels[0];
  const found = channels.find(({ index, name }) => index === wanted || name === wanted);
  if (found) return found;
  const names = channels.map(({ index, name }) => `${index} (${name})`).join(", ");
  throw new SamlabError(
    "argument-invalid",
    wanted === undefined
      ? `${file} has the channels ${names}.`
      : `${file} has no channel ${show(wanted)}, but ${names}.`,
    { file, field: "channel", value: wanted, remedy: `Choose one: { channel: ${show(channels[0].name)} }.` },
  );
}
