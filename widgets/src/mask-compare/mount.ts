import { maskCompareProtocol } from "../../../src/protocol/mask-compare.js";
import { h } from "../shared/dom.js";
import { helpSheet } from "../shared/help.js";
import { type HeldKeys, Keyboard } from "../shared/keyboard.js";
import { coalesced, Lifecycle } from "../shared/lifecycle.js";
import { LiveRegion, placeText } from "../shared/live-region.js";
import { mismatchNotice } from "../shared/mismatch.js";
import { followPort } from "../shared/slice-view/follow-port.js";
import { Gestures } from "../shared/slice-view/gestures.js";
import { HeightHandle } from "../shared/slice-view/height-handle.js";
import { readOut } from "../shared/slice-view/read-out.js";
import { SliceLayer } from "../shared/slice-view/slice-layer.js";
import { setShape } from "../shared/slice-view/slice-picture.js";
import { viewId } from "../shared/view-id.js";
import { CompareController, type ComparePort } from "./controller.js";
import { CompareFoot } from "./foot.js";
import { compareHelp } from "./help.js";
import { type CompareKeyContext, compareKeyOf } from "./keys.js";
import { namesAt } from "./names-at.js";
import { Panel } from "./panel.js";
import type { PanelContent } from "./panel-notices.js";
import { ScoreTable } from "./score-table.js";
import { Strip } from "./strip.js";
import { CompareGestures } from "./swipe.js";
import { CompareToolbar } from "./toolbar.js";

/** Limit of a picture's height-to-width ratio, so that it fits a notebook page. */
const tallest = 1.2;
/** Maximum number of masks in one row. */
const mostColumns = 4;

/**
 * Builds the comparison inside an element and keeps it in sync with the port. Needs only a browser and the style sheets
 * `style/base.raw.css`, `style/slice-view.raw.css`, and `style/mask-compare.raw.css`.
 * @returns a function that removes it
 */
export function mountMaskCompare(host: HTMLElement, port: ComparePort): () => void {
  const spoken = port.state.protocol;
  if (spoken !== maskCompareProtocol) {
    host.append(mismatchNotice(maskCompareProtocol, spoken));
    return () => host.replaceChildren();
  }

  const lifecycle = new Lifecycle();
  const invalidate = coalesced(() => update(), lifecycle);
  const controller = new CompareController(port, invalidate, viewId());
  const layer = new SliceLayer(port.state.subject);
  const panels = port.state.masks.map((_, n) => new Panel(controller, layer, n === 0, lifecycle, invalidate));
  const toolbar = new CompareToolbar(controller, lifecycle);
  const strip = new Strip(controller, lifecycle);
  const table = new ScoreTable(controller);
  const foot = new CompareFoot(controller, layer);
  const live = new LiveRegion();
  const help = helpSheet(compareHelp, () => controller.set({ helpOpen: false }));

  const pictures = h("div.mc-panels", {}, ...panels.map(({ element }) => element));
  const handle = new HeightHandle(pictures, lifecycle);
  const lower = h("div.mc-lower", {}, strip.element, table.element);
  const root = h(
    "div.sl.mc",
    {},
    h("div.sl-frame", {}, toolbar.element, h("div.mc-body", {}, pictures, help), handle.element, lower, foot.element),
    live.element,
  );

  const held: HeldKeys = { space: false, window: false };
  const gestures = panels.map((panel) => {
    const own: Gestures = new Gestures(
      controller,
      panel,
      held,
      new CompareGestures(controller, panel, () => own),
      lifecycle,
    );
    return own;
  });
  const keyboard = new Keyboard(
    root,
    {
      surfaces: panels.map(({ surface }) => surface),
      held,
      lookup: (name, onPicture) => {
        const binding = compareKeyOf(name, onPicture);
        return binding && (() => binding.run(keyContext()));
      },
    },
    lifecycle,
  );
  const keyContext = (): CompareKeyContext => ({
    controller,
    stage: panels.find(({ surface }) => surface === document.activeElement) ?? panels[0],
    leave: () => keyboard.leave(),
    abandon: () => gestures.some((gesture) => gesture.abandon()),
    sayCursor: () => sayCursor(),
  });
  const sayCursor = () => {
    const { state, local } = controller;
    if (!local.cursor) return;
    const text = readOut(state.subject, state.place, local.cursor, layer.storedAt(local.cursor.x, local.cursor.y));
    live.say([text.position, text.value, namesAt(controller, local.cursor)].join(", "));
  };

  let told = placeText(port.state);
  const update = () => {
    help.hidden = !controller.local.helpOpen;
    root.classList.toggle("sl-off", !port.live);
    layer.update(port.state.slice, controller.window);
    updatePictures(controller, pictures, panels);
    toolbar.update();
    strip.update();
    table.update();
    lower.hidden = controller.truth === null;
    foot.update();
    const place = placeText(port.state);
    if (place !== told) live.say(place);
    told = place;
  };
  followPort(controller, lifecycle, invalidate);
  lifecycle.onEnd(() => {
    live.end();
    root.remove();
  });
  host.append(root);
  update();
  return () => lifecycle.end();
}

/** One picture per mask, or one for all. */
function updatePictures(controller: CompareController, pictures: HTMLElement, panels: readonly Panel[]): void {
  const { frame, state } = controller;
  const contents = contentsOf(controller);
  const columns = Math.min(mostColumns, contents.length);
  setShape(pictures, frame, tallest);
  pictures.style.setProperty("--mc-columns", String(columns));
  // Sized for the layout with the most pictures; others use the same height, so switching does not shift the page.
  pictures.style.setProperty("--mc-most", String(Math.min(mostColumns, state.masks.length)));
  pictures.dataset.layout = contents.length === 1 && state.masks.length > 1 ? "one" : "side-by-side";
  panels.forEach((panel, n) => {
    panel.element.hidden = n >= contents.length;
    if (n < contents.length) panel.paint(contents[n]);
  });
}

function contentsOf(controller: CompareController): PanelContent[] {
  const { state, display, local } = controller;
  if (display.layout === "side-by-side" || state.masks.length === 1) {
    return state.masks.map(({ id }) => ({ left: id, right: null }));
  }
  return [{ left: local.current, right: display.layout === "swipe" ? controller.next(local.current) : null }];
}
