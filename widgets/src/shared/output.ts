import { h } from "./dom.js";
import { type MimeData, type MimeModel, OutputPicture, type SharedNotebook } from "./output-picture.js";

/** The MIME type of a widget view. */
const viewMime = "application/vnd.jupyter.widget-view+json";
/** Key in the notebook's metadata where the widget manager saves states. */
const stateMime = "application/vnd.jupyter.widget-state+json";

/** The part of the widget manager's renderer, a Lumino panel, used here. */
interface Renderer {
  readonly node: HTMLElement;
  readonly isDisposed: boolean;
  readonly widgets?: readonly unknown[];
  renderModel(model: MimeModel): Promise<void>;
}

interface Rendermime {
  createRenderer(mime: string, ...more: unknown[]): Renderer;
}

interface NotebookModel extends SharedNotebook {
  getMetadata(key: string): unknown;
  setMetadata(key: string, value: unknown): void;
  deleteMetadata(key: string): void;
}

/** The part of JupyterLab's notebook panel used here. */
export interface NotebookPanel {
  readonly content: { readonly rendermime: Rendermime };
}

export interface NotebookContext {
  readonly model: NotebookModel;
  readonly saveState: { connect(slot: (sender: unknown, state: string) => void): void };
}

/** The outputs that show our widgets, by element. */
const outputs = new WeakMap<Node, OutputPicture>();

/**
 * Shows the still picture of an output if its widget cannot be shown (its kernel is gone), where the widget manager
 * would show an error; and keeps a widget as it is if only its picture changed, where the manager would recreate it.
 */
export function keepPictures(
  { content: { rendermime } }: NotebookPanel,
  context: NotebookContext,
  module: string,
): void {
  let hasShown = false;
  const onShown = () => {
    if (!hasShown) saveNoStates(context, module);
    hasShown = true;
  };
  const create = rendermime.createRenderer.bind(rendermime);
  rendermime.createRenderer = (mime, ...more) => {
    const renderer = create(mime, ...more);
    if (mime === viewMime) keepPicture(renderer, context.model, onShown);
    return renderer;
  };
}

function keepPicture(renderer: Renderer, notebook: NotebookModel, onShown: () => void): void {
  const render = renderer.renderModel.bind(renderer);
  let shown = "";
  renderer.renderModel = async (model) => {
    const id = ourModel(model);
    if (id === null) return render(model);
    outputs.get(renderer.node)?.end();
    outputs.set(renderer.node, new OutputPicture(model, renderer, notebook));
    if (id === shown && isLive(renderer)) return;
    await render(model);
    shown = id;
    onShown();
    if (!isLive(renderer)) showPicture(renderer.node, model);
  };
}

const isLive = ({ widgets }: Renderer) => (widgets?.length ?? 0) > 0;

function ourModel({ data }: MimeModel): string | null {
  const view = data[viewMime] as { readonly model_id?: unknown; readonly samlab?: unknown } | undefined;
  return view?.samlab === true && typeof view.model_id === "string" && view.model_id !== "" ? view.model_id : null;
}

function showPicture(node: HTMLElement, { data }: MimeModel): void {
  const png = data["image/png"];
  const svg = data["image/svg+xml"];
  const source =
    typeof png === "string"
      ? `data:image/png;base64,${png}`
      : typeof svg === "string"
        ? `data:image/svg+xml,${encodeURIComponent(svg)}`
        : null;
  if (source === null) return;
  const text = String(data["text/plain"] ?? "");
  node.replaceChildren(
    h(
      "figure.sl-still",
      // No style sheet is loaded yet.
      { style: "margin:0" },
      h("img", { src: source, alt: text, style: "display:block;height:auto;max-width:100%" }),
      h(
        "figcaption",
        { style: "font-size:smaller;opacity:0.75" },
        "Picture of the last state: the widget's kernel is gone. Run the cell to go on.",
      ),
    ),
  );
}

/**
 * Sets the picture of the output that contains an element, if it belongs to a notebook. With `isWhole` it replaces the
 * widget too.
 */
export function renewPicture(element: HTMLElement, data: MimeData, isWhole?: boolean): void {
  for (let node: Node | null = element; node; node = node.parentNode) outputs.get(node)?.renew(data, isWhole);
}

/**
 * Leaves our widgets out of the states saved with a notebook: they would take megabytes, and where they cannot be shown
 * (as in HTML from nbconvert) they would replace the picture.
 */
function saveNoStates(context: NotebookContext, module: string): void {
  // The widget manager writes the states when saving begins. It connected first, since it has already shown a widget.
  context.saveState.connect((_, state) => {
    if (state === "started") removeStates(context.model, module);
  });
}

function removeStates(model: NotebookModel, module: string): void {
  const widgets = model.getMetadata("widgets") as { readonly [mime: string]: unknown } | undefined;
  const saved = widgets?.[stateMime] as {
    readonly state?: { readonly [id: string]: { readonly model_module?: string } };
  };
  if (!widgets || !saved?.state) return;
  const all = Object.entries(saved.state);
  const others = all.filter(([, { model_module }]) => model_module !== module);
  if (others.length === all.length) return;
  if (others.length === 0) model.deleteMetadata("widgets");
  else model.setMetadata("widgets", { ...widgets, [stateMime]: { ...saved, state: Object.fromEntries(others) } });
}
