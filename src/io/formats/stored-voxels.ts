import { createReadStream } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { createGunzip, createInflate } from "node:zlib";
import { SamlabError, throwIfCanceled } from "../../core/errors.js";
import { ignoredBytes, tooLong, tooShort } from "../files/data-length.js";
import { readError, systemCode } from "../files/file-errors.js";
import { fileSize, readHead } from "../files/read-file.js";
import { checkItkSize, impossible } from "./itk-checks.js";
import { dataStart, type HeaderFields, headerFields, numbersIn, separateData } from "./text-header.js";

/** Maximum size of a text header in bytes. The longest are .seg.nrrd headers with hundreds of segments. */
const headerBytes = 1 << 18;

/** Maximum compression ratio of deflate (1032 to 1); a header that implies more is invalid. */
const bestDeflate = 1040;

/** The header of an NRRD or MetaImage file, and what is known of its voxels. */
export interface StoredVoxels {
  readonly fields: HeaderFields;
  /** The file with the voxels; `null` for several. */
  readonly file: string | null;
  /** Where they start in it, if nothing is skipped. */
  readonly start: number;
  /** Size of the file with the voxels. */
  readonly bytes: number;
  readonly note: string | null;
}

interface Voxels {
  readonly sizes: readonly number[];
  /** The sizes and the type, for messages. */
  readonly what: string;
  /** Bytes that they need, `null` for a type that is not known here. */
  readonly needed: number | null;
}

/**
 * Checks that an NRRD or MetaImage file holds the voxels that its header says, before memory is allocated for them. ITK
 * returns partial data without an error, or fails without a reason.
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `format-invalid`, `format-unsupported`
 * (encoding, size), `canceled`
 */
export async function checkStoredVoxels(
  path: string,
  kind: "nrrd" | "metaimage",
  name: string,
  signal?: AbortSignal,
): Promise<StoredVoxels> {
  const head = await readHead(path, headerBytes, name);
  const fields = headerFields(head);
  const voxels = voxelsOf(fields, kind, name);
  const encoding = encodingOf(fields, name);
  const said = separateData(fields);
  if (said !== null && (/^LIST/i.test(said) || said.includes("%"))) {
    return { fields, file: null, start: 0, bytes: await fileSize(path, name), note: null };
  }
  const isLocal = said === null;
  const file = isLocal ? path : isAbsolute(said) ? said : join(dirname(path), said);
  const bytes = await fileSize(file, isLocal ? name : undefined);
  const start = isLocal ? dataStart(head, kind) : 0;
  if (start === null) throw impossible(name, "length", bytes, "It does not end.");
  const { needed, sizes, what } = voxels;
  const stored = { fields, file, start, bytes, note: null };
  if (needed === null || encoding === "text") return stored;
  if (encoding !== "raw" && needed > bytes * bestDeflate) {
    throw impossible(name, "sizes", sizes, `${bytes} bytes cannot be unzipped to ${needed}.`);
  }
  if (encoding !== "raw" || bytes - start >= needed) checkItkSize(name, needed);
  const got = encoding === "raw" ? bytes - start : await unzippedBytes(file, start, encoding, name, signal);
  const skip = skipped(fields);
  if (got < needed) throw tooShort(name, got, needed, what);
  // Skipped lines have an unknown length; -1 stands for whatever precedes the voxels.
  const extra = skip === null ? 0 : got - skip - needed;
  if (extra < 0) throw tooShort(name, got, needed + (skip ?? 0), what);
  if (extra >= needed / (sizes.at(-1) ?? 1)) throw tooLong(name, extra, what, sizesField(kind), sizes);
  return extra > 0 ? { ...stored, note: ignoredBytes(extra) } : stored;
}

const sizesField = (kind: "nrrd" | "metaimage") => (kind === "nrrd" ? "sizes" : "DimSize");

function voxelsOf(fields: HeaderFields, kind: "nrrd" | "metaimage", name: string): Voxels {
  const field = sizesField(kind);
  const sizes = numbersIn(fields, field.toLowerCase());
  if (!sizes?.every((size) => Number.isInteger(size) && size > 0)) {
    const given = fields.get(field.toLowerCase());
    throw impossible(name, field, given, "The sizes of the axes are whole numbers above 0.");
  }
  const type = (fields.get("type") ?? fields.get("elementtype") ?? "").toLowerCase();
  const [channels = 1] = numbersIn(fields, "elementnumberofchannels") ?? [];
  const each = elementBytes[type];
  return {
    sizes,
    what: `${sizes.join("×")} ${type.replace(/^met_/, "")} voxels`,
    needed: each === undefined ? null : sizes.reduce((product, size) => product * size, each * Math.max(1, channels)),
  };
}

type Encoding = "raw" | "text" | "gzip" | "zlib";

function encodingOf(fields: HeaderFields, name: string): Encoding {
  if (/^true$/i.test(fields.get("compresseddata") ?? "")) return "zlib";
  if (/^false$/i.test(fields.get("binarydata") ?? "")) return "text";
  const said = fields.get("encoding") ?? "raw";
  if (/^raw$/i.test(said)) return "raw";
  if (/^(gz|gzip)$/i.test(said)) return "gzip";
  if (/^(txt|text|ascii|hex)$/i.test(said)) return "text";
  throw new SamlabError("format-unsupported", `${name} has the encoding ${said}; raw, gzip, ascii and hex are read.`, {
    file: name,
    field: "encoding",
    value: said,
    remedy: 'Save it with another, e.g. nrrd.write(path, *nrrd.read(old), {"encoding": "gzip"}) of pynrrd.',
  });
}

/** Bytes before the voxels; `null` when they cannot be known from the header. */
function skipped(fields: HeaderFields): number | null {
  const lines = (numbersIn(fields, "line skip") ?? numbersIn(fields, "lineskip"))?.[0] ?? 0;
  const fieldsOfSkip = ["byte skip", "byteskip", "headersize"];
  const bytes = fieldsOfSkip.flatMap((field) => numbersIn(fields, field) ?? [])[0] ?? 0;
  return lines > 0 || bytes < 0 ? null : bytes;
}

/** The number of unzipped bytes, without keeping them. */
async function unzippedBytes(
  file: string,
  start: number,
  encoding: "gzip" | "zlib",
  name: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const unzip = encoding === "gzip" ? createGunzip() : createInflate();
  const source = createReadStream(file, { start });
  source.on("error", (error) => unzip.destroy(error)).pipe(unzip);
  let bytes = 0;
  try {
    for await (const chunk of unzip) {
      throwIfCanceled(signal, `Reading ${name}`);
      bytes += (chunk as Uint8Array).length;
    }
    return bytes;
  } catch (error) {
    if (error instanceof SamlabError) throw error;
    const code = systemCode(error);
    if (!code?.startsWith("Z_")) throw readError(error, file);
    const isCut = code === "Z_BUF_ERROR";
    throw new SamlabError(
      isCut ? "file-truncated" : "format-invalid",
      `${name} is ${isCut ? "cut off" : "damaged"}: its compressed voxels ${isCut ? "end early" : "are corrupt"}, after ${bytes} unzipped bytes.`,
      { file: name, field: "encoding", value: encoding, remedy: "Copy or download it again.", cause: error },
    );
  } finally {
    source.destroy();
  }
}

const typesByBytes: readonly (readonly [bytes: number, types: string])[] = [
  [1, "signed char,int8,int8_t,uchar,unsigned char,uint8,uint8_t,met_char,met_uchar"],
  [2, "short,short int,signed short,signed short int,int16,int16_t,met_short"],
  [2, "ushort,unsigned short,unsigned short int,uint16,uint16_t,met_ushort"],
  [4, "int,signed int,int32,int32_t,uint,unsigned int,uint32,uint32_t,float,met_int,met_uint,met_float"],
  [4, "met_long,met_ulong"],
  [8, "longlong,long long,long long int,signed long long,signed long long int,int64,int64_t,met_long_long"],
  [8, "ulonglong,unsigned long long,unsigned long long int,uint64,uint64_t,met_ulong_long,double,met_double"],
];

/** Bytes of one number, by the names of the types in both formats. */
const elementBytes: Readonly<Record<string, number | undefined>> = Object.fromEntries(
  typesByBytes.flatMap(([bytes, types]) => types.split(",").map((type) => [type, bytes])),
);
