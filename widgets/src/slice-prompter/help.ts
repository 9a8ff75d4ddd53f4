import type { HelpGroup, HelpLine } from "../shared/help.js";

/** Shortcuts listed in the side panel. */
const shortKeys: readonly HelpLine[] = [
  ["click", "include"],
  ["⇧ click", "exclude"],
  ["drag", "box"],
  ["wheel / ↑ / ↓", "slice"],
  ["right drag", "window"],
  ["Ctrl wheel", "zoom"],
  ["Ctrl Z", "undo"],
  ["Esc", "leave"],
];

export const helpGroups: readonly HelpGroup[] = [
  [
    "Prompts",
    [
      ["click", "a point, as the tool says: include or exclude"],
      ["⇧ click / right click", "the opposite point"],
      ["drag", "a box; drag its edges, what is inside, or a point to move them"],
      ["I / E / B", "tool: include, exclude, box"],
      ["S", "scribble a line over it; again or ⇧: over what does not belong"],
      ["T", "swap include and exclude"],
      ["Delete", "remove the selected prompt, else the last"],
      ["C", "clear this slice"],
      ["Ctrl Z / Ctrl ⇧ Z", "undo, redo"],
      ["1 / 2 / 3", "candidate mask; again: the model's answer"],
      ["O / N", "next object, new object; double click renames"],
      ["Alt ↑ / Alt ↓", "on an object's name: move it up, down; or drag its color"],
    ],
  ],
  [
    "By hand",
    [
      ["A", "lasso: what a line goes around is added; again or ⇧: removed"],
      ["D / U", "brush, eraser; ⇧ drag does the other"],
      ["< / >", "smaller, larger"],
      ["F / L", "fill the holes, keep the largest part"],
    ],
  ],
  [
    "Through the slices",
    [
      ["P", "propagate the object through the slices; again or Esc: stop"],
      [", / .", "propagation begins, ends at this slice"],
      ["Y", "this slice is right: nothing changes it; again: take that back"],
      ["J", "next slice in doubt"],
    ],
  ],
  [
    "Without a mouse",
    [
      ["K", "keyboard cursor on or off; arrows move it, with ⇧ by ten"],
      ["Enter / Space", "place a point, paint a dot; with the box tool (B) one corner, then the other"],
      ["⇧ Enter", "the opposite point"],
      ["Esc", "step back, then return to the notebook"],
    ],
  ],
  [
    "Slices and picture",
    [
      ["wheel", "slice, once the picture has the focus; before, the page scrolls"],
      ["↑ / ↓ / PgUp / PgDn", "slice; with ⇧ ten of them"],
      ["Home / End", "first and last slice"],
      ["Ctrl wheel / + / −", "zoom"],
      ["Space drag / middle drag", "move the picture"],
      ["right drag / W drag", "window: sideways width, up and down level"],
      ["0 / R", "zoom, position and window as at first"],
      ["H", "hide the masks"],
      ["[ / ]", "opacity of the masks"],
      ["X", "crosshair"],
    ],
  ],
  [
    "Three planes and 3D",
    [
      ["V", "show or hide them"],
      ["click / drag / arrows", "move the crosshair, and with it all planes"],
      ["drag / arrows", "on 3D: turn it; wheel, +, −: zoom; 0: as at first"],
    ],
  ],
  [
    "Touch",
    [
      ["tap", "a point"],
      ["one finger", "a box"],
      ["two fingers", "zoom and move"],
    ],
  ],
];

/** The shortcuts that apply to the image: a 2D image has no slices, a color image no window. */
export function shortKeysFor(slices: boolean, window: boolean): readonly HelpLine[] {
  return shortKeys.filter(([, meaning]) => (slices || meaning !== "slice") && (window || meaning !== "window"));
}
