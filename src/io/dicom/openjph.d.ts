declare module "@cornerstonejs/codec-openjph" {
  /** The part of OpenJPH's decoder that is used. The library has no type declarations. */
  export interface Htj2kDecoder {
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getDecodedBuffer(): Uint8Array;
    getFrameInfo(): {
      readonly width: number;
      readonly height: number;
      readonly bitsPerSample: number;
      readonly componentCount: number;
      readonly isSigned: boolean;
    };
    delete(): void;
  }
  export interface OpenJphModule {
    readonly HTJ2KDecoder: new () => Htj2kDecoder;
  }
  export default function openjph(options: {
    print(text: string): void;
    printErr(text: string): void;
  }): Promise<OpenJphModule>;
}
