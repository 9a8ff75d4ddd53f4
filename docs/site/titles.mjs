// A plugin of typedoc. It calls each page by its heading, and leaves the heading out of the text, where the site repeats it.
import { Converter } from "typedoc";

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const [first] = document.content;
    const heading = first?.kind === "text" ? /^\s*# (.+)\n/.exec(first.text) : null;
    if (!heading) return;
    document.name = heading[1];
    first.text = first.text.slice(heading[0].length);
  });
}
