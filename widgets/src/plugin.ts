import { IJupyterWidgetRegistry } from "@jupyter-widgets/base";
import { widgetModule, widgetVersion } from "../../src/protocol/version.js";
import { loadStyle } from "./shared/style.js";

/** The part of JupyterLab's plugin interface that is used here; its package would bring half of JupyterLab along. */
interface Plugin {
  readonly id: string;
  readonly description: string;
  readonly autoStart: true;
  readonly requires: readonly unknown[];
  activate(app: unknown, registry: IJupyterWidgetRegistry): void;
}

/** Called when the first widget is shown, not with JupyterLab. */
async function load() {
  // The path is that of the compiled file, lib/widgets/src/plugin.js.
  const style = new URL("../../../style/slice-prompter.raw.css", import.meta.url);
  const [widgets] = await Promise.all([import("./index.js"), loadStyle(document, style.href)]);
  return widgets;
}

const plugin: Plugin = {
  id: `${widgetModule}:plugin`,
  description: "The widgets of the samlab kernel.",
  autoStart: true,
  requires: [IJupyterWidgetRegistry],
  activate: (_app, registry) => {
    registry.registerWidget({
      name: widgetModule,
      version: widgetVersion,
      exports: load,
    });
  },
};

export default plugin;
