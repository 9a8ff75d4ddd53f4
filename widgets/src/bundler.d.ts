/** The text of a style sheet: see build-dist.mjs. */
declare module "*.raw.css" {
  const text: string;
  export default text;
}

/** RequireJS's `module`, in the AMD build. */
declare module "amd-module" {
  const module: { readonly uri: string };
  export default module;
}

/** Where the bundler looks for chunks. */
declare let __webpack_public_path__: string;
