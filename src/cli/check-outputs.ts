import { lstat, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SamlabError } from "../core/errors.js";
import { checkFolderOf } from "../io/files/write-file.js";

/**
 * Checks the paths that a command will write, before long work begins: their folders exist, none of them is a file that
 * the command reads, and no two are the same.
 * @param outputs path of each option, such as `--out`
 * @param inputs paths, or names that are no paths
 * @throws {SamlabError} `argument-invalid`, `file-write-failed`
 */
export async function checkOutputs(
  outputs: Readonly<Record<string, string | undefined>>,
  inputs: readonly (string | undefined)[],
): Promise<void> {
  const written = Object.entries(outputs).flatMap(([option, path]) => (path === undefined ? [] : [{ option, path }]));
  const places = new Map<string, string>();
  for (const { option, path } of written) {
    if (path === "-") {
      throw new SamlabError(
        "argument-invalid",
        `${option} is the name of a file, and results do not go to standard output.`,
        {
          field: option,
          value: path,
          remedy: "Give a name, or ./- for a file of that name.",
        },
      );
    }
    await checkFolderOf(path);
    const place = join(await realpath(dirname(path)), basename(path));
    const other = places.get(place);
    if (other !== undefined) throw taken(option, path, `${other} names the same file`);
    places.set(place, option);
  }
  await checkReplacesNone(written, inputs);
}

async function checkReplacesNone(
  written: readonly { readonly option: string; readonly path: string }[],
  inputs: readonly (string | undefined)[],
): Promise<void> {
  const read = new Set<string>();
  for (const input of inputs) {
    // What a link names would be lost too, if it is named by its own path.
    if (input !== undefined)
      for (const id of [await fileId(input, lstat), await fileId(input, stat)]) if (id) read.add(id);
  }
  for (const { option, path } of written) {
    const id = await fileId(path, lstat);
    if (id && read.has(id)) throw taken(option, path, "this command reads it");
  }
}

/** Tells a file from others, whatever path it is named by; null for a folder, and for what does not exist. */
async function fileId(path: string, info: typeof stat): Promise<string | null> {
  return await info(path, { bigint: true }).then(
    (found) => (found.isDirectory() ? null : `${found.dev} ${found.ino}`),
    () => null,
  );
}

function taken(option: string, path: string, why: string): SamlabError {
  return new SamlabError("argument-invalid", `${option} ${path} would replace a file that is needed: ${why}.`, {
    file: path,
    field: option,
    value: path,
    remedy: "Give another name.",
  });
}
