// A plugin of typedoc: in the list of pages each is called by its heading, up to a colon.
import { Converter } from "typedoc";

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const [first] = document.content;
    const heading = first?.kind === "text" ? /^\s*# ([^:\n]+)/.exec(first.text) : null;
    if (heading) document.name = heading[1];
  });
}
