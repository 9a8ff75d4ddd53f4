import type { WorkState } from "../../../src/protocol/slice-prompter.js";
import { frameOf } from "../../../src/protocol/slices.js";
import { type Notices, percentText, waitText } from "../shared/slice-view/picture-notices.js";
import type { Controller } from "./controller.js";

/** What is to be said over the picture. */
export function stageNotices(controller: Controller): Notices<"cancel" | "stop"> {
  const { state, port, local } = controller;
  const { work, problem } = state;
  const none = { work: null, cancel: null, again: null, problem };
  if (!port.live) return { ...none, text: "disconnected: run the cell to go on; prompts come back" };
  if (work.phase === "propagating") {
    const progress = { name: "propagation", fraction: work.done / work.of };
    return { ...none, work: progress, text: propagatingText(work), cancel: "stop" };
  }
  if (work.phase === "encoding") {
    const progress = { name: "image encoder", fraction: work.fraction };
    return { ...none, work: progress, text: encodingText(work, controller), cancel: "cancel" };
  }
  return { ...none, text: waitText(controller) || local.note };
}

function propagatingText({ place, done, of, secondsLeft }: Extract<WorkState, { phase: "propagating" }>): string {
  const left = secondsLeft === null ? "" : `, ${secondsLeft} s left`;
  return `propagating, slice ${place.index}: ${done} of ${of}${left}`;
}

function encodingText(work: Extract<WorkState, { phase: "encoding" }>, { state }: Controller): string {
  const { plane, index } = work.place;
  const what = frameOf(state.subject, plane).count > 1 ? `slice ${index}` : "the picture";
  const elsewhere = plane !== state.place.plane ? ` (${plane})` : "";
  return `encoding ${what}${elsewhere}…${percentText(work.fraction)}`;
}
