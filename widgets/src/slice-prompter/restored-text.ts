import type { RestoredState } from "../../../src/protocol/slice-prompter.js";

/** What came back of an earlier run, when it was left, and in which notebook; or why nothing came back. */
export function restoredText({ prompts, masks, slices, time, from, newerIn, problem }: RestoredState): string {
  if (problem) return problem;
  const parts = [counted(prompts, "prompt"), counted(masks, "other mask")];
  if (masks === 0) parts.pop();
  if (prompts === 0 && masks > 0) parts.splice(0, 2, counted(masks, "mask"));
  const count = `${parts.join(" and ")} on ${counted(slices, "slice")}`;
  const when = new Date(time).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  const newer = newerIn && `; ${newerIn} has newer ones`;
  return `${count} came back, as left on ${when}${from && ` in ${from}`}${newer}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
