/** Number of views whose acknowledgements are kept; page reloads leave stale ones behind. */
const viewsRemembered = 8;

type Handled = { readonly [view: string]: number };

/** Records that a view's intents are handled up to this number; drops the least recently seen views. */
export function rememberHandled(handled: Handled, view: string, seq: number): Handled {
  const others = Object.entries(handled).filter(([other]) => other !== view);
  return { ...Object.fromEntries(others.slice(1 - viewsRemembered)), [view]: seq };
}
