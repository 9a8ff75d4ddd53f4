import { slicePrompterProtocol } from "../../../src/protocol/slice-prompter.js";
import { h } from "../shared/dom.js";
import { helpSheet, keyCaps } from "../shared/help.js";
import { type HeldKeys, Keyboard } from "../shared/keyboard.js";
import { coalesced, Lifecycle } from "../shared/lifecycle.js";
import { mismatchNotice } from "../shared/mismatch.js";
import { followPort } from "../shared/slice-view/follow-port.js";
import { Gestures } from "../shared/slice-view/gestures.js";
import { HeightHandle } from "../shared/slice-view/height-handle.js";
import { setShape } from "../shared/slice-view/slice-picture.js";
import { viewId } from "../shared/view-id.js";
import { Announcer } from "./announcer.js";
import { CandidatesPanel } from "./candidates-panel.js";
import { Controller } from "./controller.js";
import { Foot } from "./foot.js";
import { PromptGestures } from "./gestures.js";
import { helpGroups, shortKeysFor } from "./help.js";
import { bindingOf, type KeyContext } from "./keys.js";
import { ModelPanel } from "./model-panel.js";
import { ObjectsPanel } from "./objects-panel.js";
import { OverviewSlot } from "./overview-slot.js";
import type { Port } from "./port.js";
import { PromptsPanel } from "./prompts-panel.js";
import { RestoredLine } from "./restored-line.js";
import { Stage } from "./stage.js";
import { Toolbar } from "./toolbar.js";

/** Limit of the stage's height-to-width ratio, so that it fits a notebook page. */
const tallest = 1.15;

/**
 * Builds the slice prompter inside an element and keeps it in sync with the port. Needs only a browser and the style
 * sheets `style/base.raw.css`, `style/slice-view.raw.css`, and `style/slice-prompter.raw.css`.
 * @returns a function that removes it
 */
export function mountSlicePrompter(host: HTMLElement, port: Port): () => void {
  const spoken = port.state.protocol;
  if (spoken !== slicePrompterProtocol) {
    host.append(mismatchNotice(slicePrompterProtocol, spoken));
    return () => host.replaceChildren();
  }

  const lifecycle = new Lifecycle();
  const invalidate = coalesced(() => update(), lifecycle);
  const controller = new Controller(port, invalidate, viewId());
  const stage = new Stage(controller, lifecycle, invalidate);
  const toolbar = new Toolbar(controller, lifecycle);
  const overview = new OverviewSlot(controller, lifecycle, invalidate);
  const restored = new RestoredLine(controller);
  const foot = new Foot(controller, stage.layer, lifecycle);
  const panels = [
    new ObjectsPanel(controller),
    new ModelPanel(controller),
    new PromptsPanel(controller),
    new CandidatesPanel(controller, stage.layer),
  ];
  const announcer = new Announcer(controller, stage.layer);
  const help = helpSheet(helpGroups, () => controller.set({ helpOpen: false }));

  const [frame] = port.state.subject.frames.filter(({ plane }) => plane === port.state.place.plane);
  setShape(stage.element, frame, tallest);
  const handle = new HeightHandle(stage.element, lifecycle);
  const side = h("div.sl-side", {}, ...panels.map(({ element }) => element), keysSection(controller));
  const root = h(
    "div.sl",
    {},
    h(
      "div.sl-frame",
      {},
      toolbar.element,
      restored.element,
      h("div.sl-body", {}, stage.element, side, help),
      handle.element,
      overview.element,
      foot.element,
    ),
    announcer.element,
  );

  const held: HeldKeys = { space: false, window: false };
  const gestures = new Gestures(controller, stage, held, new PromptGestures(controller, stage), lifecycle);
  const keys: KeyContext = {
    controller,
    stage,
    leave: () => keyboard.leave(),
    abandon: () => gestures.abandon(),
    sayCursor: () => announcer.sayCursor(),
  };
  const lookup = (name: string, onPicture: boolean) => {
    const binding = bindingOf(name, onPicture);
    return binding && (() => binding.run(keys));
  };
  const keyboard = new Keyboard(root, { surfaces: [stage.surface], held, lookup }, lifecycle);

  const update = () => {
    help.hidden = !controller.local.helpOpen;
    root.classList.toggle("sl-off", !port.live);
    stage.paint();
    toolbar.update();
    overview.update();
    restored.update();
    foot.update();
    for (const panel of panels) panel.update();
    announcer.update();
  };
  followPort(controller, lifecycle, invalidate);
  lifecycle.onEnd(() => {
    announcer.end();
    root.remove();
  });
  host.append(root);
  update();
  return () => lifecycle.end();
}

function keysSection({ frame, state }: Controller): HTMLElement {
  const lines = shortKeysFor(frame.count > 1, state.window !== null).map(([keys, meaning]) =>
    h("span.sl-key-line", {}, keyCaps(keys), meaning),
  );
  return h("details.sl-section.sl-key-section", {}, h("summary", {}, "Keys"), h("div.sl-key-lines", {}, ...lines));
}
