/** Same interface as plotly.js, without the trace types left out of this bundle. */
declare module "plotly.js-cartesian-dist-min" {
  export * from "plotly.js";
}
