import { readAll } from "../files/read-file.js";
import type { StoredVoxels } from "./stored-voxels.js";
import { dataStart, numbersIn } from "./text-header.js";

/** Types of the format that ITK in WebAssembly reads with the wrong number of bytes, and others that are the same. */
const sameTypes: Readonly<Record<string, string>> = { met_long: "MET_INT", met_ulong: "MET_UINT" };

/** Fields that depend on where the data lie. */
const replaced = /^(CompressedDataSize|HeaderSize|ElementDataFile)\s*=/i;

/**
 * The bytes of a MetaImage file, written so that ITK reads it right: with the size of its compressed data, which ITK
 * needs although the format does not, and with its 32-bit types by the names that ITK knows.
 * @returns `null` for a file that ITK reads right as it is
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `canceled`
 */
export async function metaImageBytes(
  path: string,
  { fields, file, start, bytes }: StoredVoxels,
  name: string,
  signal?: AbortSignal,
): Promise<Uint8Array | null> {
  const type = sameTypes[fields.get("elementtype")?.toLowerCase() ?? ""];
  const [skipped = 0] = numbersIn(fields, "headersize") ?? [];
  const from = skipped > 0 ? skipped : start;
  const isCompressed = /^true$/i.test(fields.get("compresseddata") ?? "");
  const isRight = !isCompressed || numbersIn(fields, "compresseddatasize")?.[0] === bytes - from;
  if (file === null || (type === undefined && isRight)) return null;
  const header = await readAll(path, signal, name);
  const holder = file === path ? header : await readAll(file, signal);
  const kept = Buffer.from(header.subarray(0, dataStart(header, "metaimage") ?? header.length))
    .toString("latin1")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !replaced.test(line))
    .map((line) => (type && /^ElementType\s*=/i.test(line) ? `ElementType = ${type}` : line));
  if (skipped < 0) kept.push("HeaderSize = -1");
  if (isCompressed) kept.push(`CompressedDataSize = ${bytes - from}`);
  const text = [...kept, "ElementDataFile = LOCAL", ""].join("\n");
  return Buffer.concat([Buffer.from(text, "latin1"), holder.subarray(from)]);
}
