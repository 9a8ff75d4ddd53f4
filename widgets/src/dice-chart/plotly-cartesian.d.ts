/** The bundle has plotly.js's interface, less the traces that are left out of it. */
declare module "plotly.js-cartesian-dist-min" {
  export * from "plotly.js";
}
