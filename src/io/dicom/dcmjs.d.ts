/** The part of dcmjs that is used; the library brings no types along. */
declare module "dcmjs" {
  interface Element {
    vr: string;
    Value?: unknown[];
    /** The text as it stands in the file. */
    _rawValue?: unknown[];
  }
  interface Logger {
    setLevel(level: "silent" | "error"): void;
  }
  type Dataset = Record<string, Element>;
  class DicomDict {
    constructor(meta: Dataset);
    meta: Dataset;
    dict: Dataset;
    write(options?: { fragmentMultiframe?: boolean }): ArrayBuffer;
  }
  const dcmjs: {
    log: Logger & { getLogger(name: string): Logger };
    data: {
      DicomMessage: {
        readFile(bytes: ArrayBuffer, options?: { ignoreErrors?: boolean }): DicomDict;
      };
      DicomMetaDictionary: {
        uid(): string;
        denaturalizeDataset(natural: object): Dataset;
      };
      DicomDict: typeof DicomDict;
    };
  };
  export default dcmjs;
  export type { Dataset, Element };
}
