export type Plotly = typeof import("plotly.js");

let loading: Promise<Plotly> | undefined;

/**
 * Loads plotly.js, 30 times the size of all widgets, when the first chart is shown. After a failure the next call
 * retries.
 */
export function loadPlotly(): Promise<Plotly> {
  loading ??= fetchPlotly().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function fetchPlotly(): Promise<Plotly> {
  const arriving = import(/* webpackChunkName: "plotly", webpackMode: "lazy" */ "plotly.js-cartesian-dist-min");
  const module: Plotly | { readonly default: Plotly } = await arriving;
  return "default" in module ? module.default : module;
}
