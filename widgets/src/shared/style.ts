/**
 * Loads a style sheet into the page once. Also resolves if it could not be loaded: an unstyled widget is better than
 * none.
 */
export function loadStyle(page: Document, href: string): Promise<void> {
  if ([...page.styleSheets].some((sheet) => sheet.href === href)) return Promise.resolve();
  return new Promise((resolve) => {
    const link = page.createElement("link");
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => resolve());
    link.rel = "stylesheet";
    link.href = href;
    page.head.append(link);
  });
}

/** Loads the style sheet that all widgets share. */
export function loadBaseStyle(): Promise<void> {
  // The path is that of the compiled file, lib/widgets/src/shared/style.js.
  return loadStyle(document, new URL("../../../../style/slice-prompter.raw.css", import.meta.url).href);
}
