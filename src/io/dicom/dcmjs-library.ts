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
}

/** The part of dcmjs that is used. The library has no type declarations. */
export interface DcmjsLibrary {
  log: Logger & { getLogger(name: string): Logger };
  data: {
    ReadBufferStream: new (bytes: ArrayBuffer) => { readonly view: DcmjsView };
    DicomMessage: { readFile(bytes: ArrayBuffer, options?: { ignoreErrors?: boolean }): DicomDict };
    DicomMetaDictionary: { uid(): string; denaturalizeDataset(natural: object): Dataset };
    DicomDict: new (meta: Dataset) => DicomDict;
  };
}
