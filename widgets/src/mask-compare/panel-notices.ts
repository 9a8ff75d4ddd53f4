import type { Absence } from "../../../src/protocol/mask-compare.js";
import { type Notices, percentText, waitText } from "../shared/slice-view/picture-notices.js";
import type { CompareController } from "./controller.js";

/** What a panel shows: one mask, or two with a divider. */
export interface PanelContent {
  readonly left: number;
  readonly right: number | null;
}

/** Shown in place of a missing mask. */
const absences: { readonly [A in Absence]: string } = {
  working: "predicting…",
  waiting: "waiting for the model",
  stopped: "stopped",
  failed: "failed",
  "no-prompt": "no prompt on this slice",
  "not-given": "not predicted on this slice",
};

/** What is to be said over a picture. The first picture shows notices that concern the whole widget. */
export function panelNotices(controller: CompareController, { left, right }: PanelContent, isFirst: boolean): Notices {
  const { state, port } = controller;
  const shown = [left, right].flatMap((id) => (id === null ? [] : [controller.onSlice(id)]));
  const working = port.live && shown.some(({ absent }) => absent === "working");
  const fraction = working ? (state.work?.fraction ?? null) : null;
  const absent = shown.find((mask) => mask.absent !== null)?.absent ?? null;
  const own = absent ? `${absences[absent]}${percentText(fraction)}` : "";
  return {
    work: working ? { name: "prediction", fraction } : null,
    text: (isFirst ? noticeOfAll(controller) : null) ?? own,
    cancel: working ? "cancel" : null,
    again: absent === "stopped" && port.live ? "predict" : null,
    problem: isFirst ? state.problem : null,
  };
}

/** The notice for the whole widget. */
function noticeOfAll(controller: CompareController): string | null {
  const { port, local } = controller;
  if (!port.live) return "disconnected: the last state is shown; run the cell to go on";
  return waitText(controller) || local.note || null;
}
