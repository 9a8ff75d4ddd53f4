import type { Intent, Target } from "../../../src/protocol/slice-prompter-intents.js";
import { nextObject, withLock, withName, withObject, withPosition, withStep } from "./book.js";
import type { PromptSession } from "./session.js";

type IntentHandlers = {
  readonly [K in Intent["kind"]]: (session: PromptSession, intent: Extract<Intent, { kind: K }>) => void;
};

/** The handler for each intent. */
const handlers: IntentHandlers = {
  goto: (session, { place }) => session.goTo(place),
  point: (session, { place, x, y, label }) => session.edits.addPrompts(place, [{ kind: "point", x, y, label }]),
  press: (session, { place, object, x, y, label }) => {
    session.press(place, { kind: "point", x, y, label }, object);
  },
  box: (session, { place, box }) => session.edits.addPrompts(place, [{ kind: "box", box }]),
  "move-point": (session, { place, prompt, x, y }) => session.edits.movePoint(place, prompt, x, y),
  remove: (session, { place, prompt }) => session.edits.removePrompt(place, prompt),
  clear: (session, { place }) => session.edits.clear(place),
  undo: (session) => session.undo(),
  redo: (session) => session.redo(),
  choose: (session, { place, candidate, toggle }) => session.edits.choose(place, candidate, toggle),
  window: (session, { low, high, name }) => session.setWindow({ low, high, name }),
  "model-window": (session, { low, high, name }) => session.setModelWindow({ low, high, name }),
  repredict: (session) => session.start(() => session.propagations.repredict()),
  overlap: (session, { rule }) => session.setOverlap(rule),
  "object-add": (session) => session.editObjects((book) => withObject(book)),
  "object-select": (session, { object }) => session.selectObject(object),
  "object-next": (session) => session.selectObject(nextObject(session.book)),
  "object-rename": (session, { object, name }) => session.editObjects((book) => withName(book, object, name.trim())),
  "object-remove": (session, { object }) => session.removeObject(object),
  "object-lock": (session, { object, locked, toggle }) =>
    session.editObjects((book) => withLock(book, object, locked, toggle)),
  "object-move": (session, { object, to }) => session.editObjects((book) => withPosition(book, object, to)),
  "object-step": (session, { object, by }) => session.editObjects((book) => withStep(book, object, by)),
  reset: (session) => session.reset(),
  "dismiss-restored": (session) => session.dismissRestored(),
  propagate: (session, { first, last }) => session.start(() => session.propagations.start(first, last)),
  confirm: (session, { place, confirmed, toggle }) => session.edits.confirm(place, confirmed, toggle),
  paint: (session, { place, path, radius, erase }) => session.edits.paint(place, { path, radius }, erase),
  scribble: (session, { place, path, label }) => session.edits.scribble(place, path, label),
  lasso: (session, { place, path, erase }) => session.edits.lasso(place, path, erase),
  "fill-holes": (session, { place }) => session.edits.fillHoles(place),
  "largest-part": (session, { place }) => session.edits.keepLargestPart(place),
  overview: (session, { open }) => session.showOverview(open),
  crosshair: (session, { place, x, y }) => session.moveCrosshair((overview) => overview.pointAt(place, x, y)),
  stop: (session) => session.stopPropagating(),
  cancel: (session) => session.cancelPrediction(),
  retry: (session) => session.retry(),
};

/** Intents of objects in the list have no place. */
function isAimed(intent: Intent): intent is Intent & Target {
  return "place" in intent && "object" in intent;
}

/** Handles an intent from a view; errors become the session's problem. */
export function perform(session: PromptSession, intent: Intent): void {
  const handle = handlers[intent.kind] as (session: PromptSession, intent: Intent) => void;
  // A press is no action yet, so an earlier problem stays.
  if (intent.kind === "press") handle(session, intent);
  else {
    session.attempt(() => {
      if (isAimed(intent)) session.aimAt(intent.object);
      handle(session, intent);
    });
  }
}
