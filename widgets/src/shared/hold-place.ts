/** Time, in ms, to wait for a new view. */
const holdTime = 3000;

interface Held {
  readonly hadFocus: boolean;
  readonly release: () => void;
}

const held = new WeakMap<Element, Held>();

/**
 * Keeps the height of a view's container. JupyterLab recreates a view when its output's still picture changes, and
 * until the new view is there the page would jump.
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
  const timer = setTimeout(release, holdTime);
  held.set(place, { hadFocus: view.contains(document.activeElement), release });
}

/**
 * Call when a view is attached to a container. Releases the held height. Null if it was not held; otherwise whether the
 * previous view had the focus.
 */
export function takePlace(view: HTMLElement): { readonly hadFocus: boolean } | null {
  const found = view.parentElement && held.get(view.parentElement);
  found?.release();
  return found ?? null;
}
