import { IJupyterWidgetRegistry } from "@jupyter-widgets/base";
import { widgetModule, widgetVersion } from "../../src/protocol/version.js";
import { keepPictures, type NotebookContext, type NotebookPanel } from "./shared/output.js";
import { loadBaseStyle } from "./shared/style.js";

/** The part of JupyterLab's plugin interface used here; importing its package would pull in half of JupyterLab. */
interface Plugin {
  readonly id: string;
  readonly description: string;
  readonly autoStart: true;
  readonly requires: readonly unknown[];
  activate(app: FrontEnd, registry: IJupyterWidgetRegistry): void;
}

/** The part of JupyterLab's application used here. */
interface FrontEnd {
  readonly docRegistry: {
    addWidgetExtension(
      widget: "Notebook",
      extension: { createNew(panel: NotebookPanel, context: NotebookContext): void },
    ): void;
  };
}

/** Called when the first widget is shown, not at JupyterLab startup. */
async function load() {
  const [widgets] = await Promise.all([import("./index.js"), loadBaseStyle()]);
  return widgets;
}

const plugin: Plugin = {
  id: `${widgetModule}:plugin`,
  description: "The widgets of the samlab kernel.",
  autoStart: true,
  requires: [IJupyterWidgetRegistry],
  activate: (app, registry) => {
    app.docRegistry.addWidgetExtension("Notebook", {
      createNew: (panel, context) => keepPictures(panel, context, widgetModule),
    });
    registry.registerWidget({
      name: widgetModule,
      version: widgetVersion,
      exports: load,
    });
  },
};

export default plugin;
