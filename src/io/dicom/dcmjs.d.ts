/** The part of dcmjs that is used; the library brings no types along. */
declare module "dcmjs" {
  interface Element {
    vr: string;
    Value?: unknown[];
  }
  type Dataset = Record<string, Element>;
  class DicomDict {
    constructor(meta: Dataset);
    meta: Dataset;
    dict: Dataset;
    write(options?: { fragmentMultiframe?: boolean }): ArrayBuffer;
  }
  const dcmjs: {
    log: { setLevel(level: "silent" | "error"): void };
    data: {
      DicomMessage: {
        readFile(bytes: ArrayBuffer, options?: { untilTag?: string; includeUntilTagValue?: boolean }): DicomDict;
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
