import type { HelpGroup } from "../shared/help.js";

export const compareHelp: readonly HelpGroup[] = [
  [
    "Masks",
    [
      ["S / L / B", "side by side, swipe, blink"],
      ["B / Enter / Space", "in blink: the next mask"],
      ["1 / 2 / 3", "a mask alone, or to the left of the line"],
      ["A", "agreement with the truth, or each mask in its color"],
      ["H", "hide the masks"],
      ["[ / ]", "opacity of the masks"],
      [", / .", "move the line of swipe"],
    ],
  ],
  [
    "Slices",
    [
      ["click", "on the strip: go to that slice"],
      ["wheel", "slice, once a picture has the focus; before, the page scrolls"],
      ["↑ / ↓ / PgUp / PgDn", "slice; with ⇧ ten of them"],
      ["Home / End", "first and last slice"],
    ],
  ],
  [
    "Pictures",
    [
      ["drag", "move all pictures"],
      ["Ctrl wheel / + / −", "zoom all pictures"],
      ["right drag / W drag", "window: sideways width, up and down level"],
      ["0 / R", "zoom, position and window as at first"],
      ["X", "crosshair"],
      ["two fingers", "zoom and move"],
    ],
  ],
  [
    "Without a mouse",
    [
      ["K", "keyboard cursor on or off; arrows move it, with ⇧ by ten"],
      ["Esc", "step back, then return to the notebook"],
    ],
  ],
];
