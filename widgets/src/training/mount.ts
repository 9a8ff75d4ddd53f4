import { trainingProtocol } from "../../../src/protocol/training.js";
import { h } from "../shared/dom.js";
import { holdPlace, takePlace } from "../shared/hold-place.js";
import { Keyboard } from "../shared/keyboard.js";
import { coalesced, Lifecycle } from "../shared/lifecycle.js";
import { LiveRegion } from "../shared/live-region.js";
import { mismatchNotice } from "../shared/mismatch.js";
import { viewId } from "../shared/view-id.js";
import { TrainingController, type TrainingPort } from "./controller.js";
import { Foot } from "./foot.js";
import { Head } from "./head.js";
import { Plots } from "./plots.js";
import { announcement, statusText } from "./text.js";

/**
 * Builds the training curves inside an element and keeps them in sync with the port. Needs only a browser and the style
 * sheets `style/base.raw.css` and `style/training.raw.css`. `inPage` resolves when the element is attached to
 * the page.
 * @returns a function that removes it
 */
export function mountTraining(host: HTMLElement, port: TrainingPort, inPage: Promise<unknown>): () => void {
  const { protocol } = port.state;
  if (protocol !== trainingProtocol) {
    host.append(mismatchNotice(trainingProtocol, protocol));
    return () => host.replaceChildren();
  }
  const lifecycle = new Lifecycle();
  const invalidate = coalesced(() => update(), lifecycle);
  const controller = new TrainingController(port, invalidate, viewId());
  const head = new Head(controller);
  const plots = new Plots(controller);
  const foot = new Foot(controller);
  const live = new LiveRegion();
  const frame = h("div.sl-frame", { tabindex: -1 }, head.element, plots.element, foot.element);
  const root = h(
    "div.sl.tr",
    { role: "group", "aria-label": `training of ${port.state.subject}` },
    frame,
    live.element,
  );
  const keyboard: Keyboard = new Keyboard(
    root,
    {
      surfaces: [],
      held: { space: false, window: false },
      lookup: (name) => (name === "Escape" ? () => keyboard.leave() : undefined),
    },
    lifecycle,
  );
  const update = () => {
    root.classList.toggle("sl-off", controller.isLost);
    head.update();
    plots.update();
    foot.update();
  };
  // A copy: the port's own state changes in place.
  let before = { ...port.state };
  let wasLost = controller.isLost;
  const received = () => {
    const now = { ...port.state };
    const text = controller.isLost && !wasLost ? statusText(controller) : announcement(before, now);
    if (text) live.say(text);
    const ended = controller.hasEnded && before.phase !== now.phase;
    before = now;
    wasLost = controller.isLost;
    // At the end the kernel changes the output's picture.
    if (ended) holdPlace(host);
    controller.received();
    // The stop button is about to disappear.
    if (ended && root.contains(document.activeElement)) frame.focus({ preventScroll: true });
  };
  port.onChange(received, lifecycle.signal);
  lifecycle.onEnd(() => {
    live.end();
    root.remove();
  });
  host.append(root);
  update();
  void inPage.then(() => {
    const place = takePlace(host);
    if (!place) return;
    live.say(statusText(controller));
    if (place.hadFocus) frame.focus({ preventScroll: true });
  });
  return () => lifecycle.end();
}
