import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { crc32 } from "node:zlib";
import { RandomAccessFile } from "../../checkpoint/random-access.js";
import { readZipDirectory, readZipEntry } from "../../checkpoint/zip.js";
import { isSamlabError, SamlabError, throwIfCanceled } from "../../core/errors.js";
import { readError } from "../../io/files/file-errors.js";
import { listFiles, outFolder, settleUnmatched, stemOf } from "./files.js";
import { uniqueIds } from "./finish.js";
import { modalityIn } from "./modality.js";
import { type NpyArray, parseNpy } from "./npy.js";
import { convertCase } from "./npz-convert.js";
import type { CaseDraft, DatasetDraft, ImportOptions } from "./types.js";

/**
 * MedSAM's and LiteMedSAM's .npz files, one or a folder of them: `imgs` (D, H, W), (H, W) or (H, W, 3), `gts` the same
 * without the colors, `spacing` (x, y, z) in mm. Boxes are not read: prompts are drawn from the truth. Each becomes an
 * image and a truth file in `out`, .nii.gz for a volume and .png for a picture, one case at a time.
 * @throws {SamlabError} `argument-invalid` (no `out`, another file of that name), `format-invalid`,
 * `format-unsupported`, `file-truncated`, `file-missing` (no `gts`), `geometry-mismatch`, `disk-full`,
 * `file-write-failed`, `canceled`
 */
export async function readNpz(path: string, options: ImportOptions): Promise<DatasetDraft> {
  const out = await outFolder(options.out, path);
  const files = await npzFiles(path);
  const idOf = uniqueIds();
  const cases: CaseDraft[] = [];
  const unmatched: string[] = [];
  for (const file of files) {
    throwIfCanceled(options.signal, `Importing ${path}`);
    const arrays = await readArrays(file, ["imgs", "gts", "spacing"]);
    const { imgs, gts, spacing } = arrays;
    if (!imgs) throw missing(file, "imgs", Object.keys(arrays));
    if (!gts) {
      unmatched.push(`${file} has no gts`);
      continue;
    }
    const id = idOf(stemOf(basename(file)));
    const { image, truth, labels, window } = await convertCase(
      { imgs, gts, spacing },
      join(out, id),
      file,
      options.signal,
    );
    if (labels.length === 0 && options.labels === undefined) unmatched.push(`${file} has no object in gts`);
    else {
      const modality = modalityIn(basename(file)) ?? modalityIn(basename(dirname(resolve(file))));
      cases.push({
        id,
        image: { file: image },
        truth: { file: truth, instances: options.labels === undefined || typeof options.labels === "string" },
        labels: { ">=1": "object" },
        modality,
        split: "test",
        window,
        notes: spacing || truth.endsWith(".png") ? undefined : "The file gives no spacing; 1 mm was taken.",
      });
    }
  }
  const notes = settleUnmatched(unmatched, path, options);
  return { format: "npz", file: path, name: stemOf(basename(resolve(path))), cases, notes };
}

async function npzFiles(path: string): Promise<string[]> {
  const info = await stat(path).catch((error: unknown) => {
    throw readError(error, path);
  });
  if (!info.isDirectory()) return [path];
  const names = (await listFiles(path)) ?? [];
  return names.filter((name) => /\.npz$/i.test(name)).map((name) => join(path, name));
}

/** The named arrays of a .npz file, those that it has. */
async function readArrays<Name extends string>(
  path: string,
  names: readonly Name[],
): Promise<{ [N in Name]?: NpyArray }> {
  const file = await RandomAccessFile.open(path);
  try {
    const entries = await readZipDirectory(file);
    const arrays: { [N in Name]?: NpyArray } = {};
    for (const name of names) {
      const entry = entries.get(`${name}.npy`);
      if (!entry) continue;
      const bytes = await readZipEntry(file, entry);
      if (crc32(bytes) !== entry.crc32) throw unsound(path, `the checksum of ${name} is another`);
      arrays[name] = parseNpy(bytes, `${path}: ${name}`);
    }
    return arrays;
  } catch (error) {
    if (!isSamlabError(error, "checkpoint-invalid")) throw error;
    throw unsound(path, error.message.split(". ")[0], error);
  } finally {
    await file.close();
  }
}

function unsound(path: string, why: string, cause?: SamlabError): SamlabError {
  return new SamlabError("format-invalid", `${path} is not a valid .npz file (${why}).`, {
    file: path,
    cause,
    remedy: "Copy or download it again.",
  });
}

function missing(file: string, field: string, found: readonly string[]): SamlabError {
  return new SamlabError(
    "format-invalid",
    `${file} holds no ${field}${found.length ? ` but ${found.join(", ")}` : ""}.`,
    {
      file,
      field,
      remedy: "MedSAM's .npz files hold imgs, gts and spacing.",
    },
  );
}
