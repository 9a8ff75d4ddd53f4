/**
 * Loads a style sheet into the page once. Also resolves if it could not be loaded: an unstyled widget is better than
 * none. Of two calls the rules of the second win, whichever sheet arrives first.
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

// The paths below are those of the compiled file, lib/widgets/src/shared/style.js.

/** Loads the style sheet that all widgets share. */
export function loadBaseStyle(): Promise<void> {
  return loadStyle(document, new URL("../../../../style/base.raw.css", import.meta.url).href);
}

/** Loads the style sheet that widgets with slices share. */
export function loadSliceViewStyle(): Promise<void> {
  return loadStyle(document, new URL("../../../../style/slice-view.raw.css", import.meta.url).href);
}
