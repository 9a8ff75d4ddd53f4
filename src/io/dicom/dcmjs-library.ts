/** A DICOM element as dcmjs represents it. */
export interface DicomElement {
  vr: string;
  Value?: unknown[];
  /** The raw text from the file. */
  _rawValue?: unknown[];
}

/** Elements by their tags, eight hex digits. */
export type Dataset = Record<string, DicomElement>;

interface Logger {
  setLevel(level: "silent" | "error"): void;
}

interface DicomDict {
  meta: Dataset;
  dict: Dataset;
  write(options?: { fragmentMultiframe?: boolean }): ArrayBuffer;
}

/** dcmjs's view of a file's bytes, stored in chunks. */
export interface DcmjsView {
  readonly size: number;
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
  slice(start?: number, end?: number): ArrayBuffer;
  getUint8(at: number): number;
}

/** A stream of the bytes of a data set. */
export interface DcmjsStream {
  readonly view: DcmjsView;
  /** Bytes that are left. */
  readonly available: number;
  readonly isLittleEndian: boolean;
  readonly endOffset: number;
  offset: number;
  end(): boolean;
  increment(bytes: number): void;
  readVR(): string;
  readUint32(): number;
  setEndian(isLittle: boolean): void;
}

/** An element as dcmjs reads it from a stream. */
interface ReadElement {
  readonly tag: unknown;
  readonly vr: unknown;
  readonly values: unknown;
  readonly rawValues: unknown;
}

interface ValueReader {
  read(stream: DcmjsStream, length: number, syntax: string, options?: object): { readonly value: unknown };
}

/** The part of dcmjs that is used. The library has no type declarations. */
export interface DcmjsLibrary {
  log: Logger & { getLogger(name: string): Logger };
  data: {
    ReadBufferStream: { new (bytes: ArrayBuffer): DcmjsStream; readonly prototype: DcmjsStream };
    DicomMessage: {
      readFile(bytes: ArrayBuffer, options?: { ignoreErrors?: boolean }): DicomDict;
      _readTag(stream: DcmjsStream, syntax: string, options?: object): ReadElement;
    };
    Tag: { readTag(stream: DcmjsStream): unknown };
    ValueRepresentation: { createByTypeString(vr: string): ValueReader };
    DicomMetaDictionary: { uid(): string; denaturalizeDataset(natural: object): Dataset };
    DicomDict: new (meta: Dataset) => DicomDict;
  };
}
