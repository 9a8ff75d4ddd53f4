import { Widget } from "@lumino/widgets";
import type { Data, Frame, Layout } from "plotly.js";
import { widgetModule } from "../../src/protocol/version.js";
import { loadPlotly, type Plotly } from "./shared/load-plotly.js";

const mime = "application/vnd.plotly.v1+json";

interface Figure {
  readonly data: readonly { readonly type?: string }[];
  readonly layout?: { readonly [name: string]: unknown };
  readonly frames?: readonly object[];
  readonly config?: object;
}

/** The part of JupyterLab's `IRenderMime.IMimeModel` used here. */
interface MimeModel {
  readonly data: { readonly [mime: string]: unknown };
}

/** Height of a figure that does not specify one, in px. */
const usualHeight = 400;

/** Renders Plotly figures in outputs, which JupyterLab itself does not support. */
class PlotlyRenderer extends Widget {
  #plotly: Plotly | undefined;
  #plot: HTMLElement | undefined;

  async renderModel({ data }: MimeModel): Promise<void> {
    const { data: traces, layout = {}, frames, config } = data[mime] as Figure;
    const plotly = await loadPlotly();
    if (this.isDisposed) return;
    this.#plotly = plotly;
    this.#plot?.remove();
    const missing = unknownTypes(plotly, traces);
    if (missing.length > 0) {
      this.#plot = document.createElement("p");
      this.#plot.textContent = `samlab draws Plotly's flat charts. For ${missing.join(", ")} load all of Plotly in a widget of your own: widget({ esm }) from "samlab".`;
      this.node.append(this.#plot);
      return;
    }
    this.#plot = document.createElement("div");
    this.#plot.className = "jp-RenderedPlotly";
    this.node.append(this.#plot);
    const height = typeof layout.height === "number" ? {} : { height: usualHeight };
    // Plotly modifies its input.
    const own = structuredClone({ traces, layout, frames });
    const sized = { ...own.layout, ...height } as Partial<Layout>;
    await plotly.newPlot(this.#plot, own.traces as Data[], sized, { responsive: true, displaylogo: false, ...config });
    if (own.frames) await plotly.addFrames(this.#plot, own.frames as Frame[]);
  }

  override dispose(): void {
    if (this.#plotly && this.#plot) this.#plotly.purge(this.#plot);
    super.dispose();
  }
}

/** Trace types that this Plotly build would draw as something else. */
function unknownTypes(plotly: Plotly, traces: Figure["data"]): string[] {
  const { PlotSchema } = plotly as unknown as { PlotSchema: { get(): { traces: object } } };
  const known = PlotSchema.get().traces;
  return [...new Set(traces.map(({ type }) => type ?? "scatter"))].filter((type) => !(type in known));
}

/** Implements JupyterLab's `IRenderMime.IExtension`. */
export default {
  id: `${widgetModule}:plotly`,
  rendererFactory: { safe: true, mimeTypes: [mime], createRenderer: () => new PlotlyRenderer() },
  rank: 50,
  dataType: "json",
};
