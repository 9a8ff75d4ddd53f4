/** Loads a style sheet into the page once. Resolves when it is in force, or could not be loaded: a plain widget is better than none. */
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
