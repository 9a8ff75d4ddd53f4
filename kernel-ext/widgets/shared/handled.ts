/** How many views' acknowledgements are kept: reloads leave dead ones behind. */
const viewsRemembered = 8;

type Handled = { readonly [view: string]: number };

/** Notes that a view's intents have been handled up to this number; the views heard of longest ago are forgotten. */
export function rememberHandled(handled: Handled, view: string, seq: number): Handled {
  const others = Object.entries(handled).filter(([other]) => other !== view);
  return { ...Object.fromEntries(others.slice(1 - viewsRemembered)), [view]: seq };
}
