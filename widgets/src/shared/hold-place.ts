/** After this long no other view comes, ms. */
const patience = 3000;

interface Held {
  readonly hadFocus: boolean;
  readonly release: () => void;
}

const held = new WeakMap<Element, Held>();

/**
 * Keeps a view's place in the page as high as it is. JupyterLab makes a view anew when its output's still picture changes, and for a moment there is
 * none: the page would jump.
 */
export function holdPlace(view: HTMLElement): void {
  const place = view.parentElement;
  if (!place || held.has(place)) return;
  place.style.minHeight = `${place.offsetHeight}px`;
  const release = () => {
    clearTimeout(timer);
    place.style.minHeight = "";
    held.delete(place);
  };
  const timer = setTimeout(release, patience);
  held.set(place, { hadFocus: view.contains(document.activeElement), release });
}

/** A view has come into a place: if it was held for it, the place is let go. Null if not; else whether the view before had the focus. */
export function takePlace(view: HTMLElement): { readonly hadFocus: boolean } | null {
  const found = view.parentElement && held.get(view.parentElement);
  found?.release();
  return found ?? null;
}
