interface Build {
  /** Holds the hash of the sources that it was built from. */
  readonly stamp: string;
  readonly sources: readonly string[];
}
export declare const builds: { readonly dist: Build; readonly labextension: Build };
export declare function isFresh(build: Build): boolean;
