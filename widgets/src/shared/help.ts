import { h } from "./dom.js";

/** For example `Ctrl Z` or `⇧ click`; a slash separates alternatives. */
export type HelpLine = readonly [keys: string, meaning: string];

export type HelpGroup = readonly [title: string, lines: readonly HelpLine[]];

/** Renders `Ctrl Z / R` as two key caps. */
export function keyCaps(keys: string): HTMLElement {
  return h("span.sl-keys", {}, ...keys.split(" / ").map((combination) => h("kbd.sl-cap", {}, combination)));
}

/** All keys and gestures, shown over the picture. */
export function helpSheet(groups: readonly HelpGroup[], close: () => void): HTMLElement {
  const button = h("button.sl-button", { type: "button" }, "close");
  button.addEventListener("click", close);
  return h(
    "div.sl-help",
    { role: "dialog", "aria-label": "keys and mouse" },
    h("div.sl-help-head", {}, h("h3", {}, "Keys and mouse"), h("div.sl-group", {}, button)),
    h(
      "div.sl-help-body",
      {},
      ...groups.map(([title, lines]) =>
        h(
          "section",
          {},
          h("h4", {}, title),
          h("dl", {}, ...lines.flatMap(([keys, meaning]) => [h("dt", {}, keyCaps(keys)), h("dd", {}, meaning)])),
        ),
      ),
    ),
  );
}
