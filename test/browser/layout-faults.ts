interface Rect {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The part of the DOM that is used in the page. */
interface ElementLike {
  readonly className: string;
  readonly innerText: string;
  readonly textContent: string | null;
  readonly clientWidth: number;
  readonly scrollWidth: number;
  getBoundingClientRect(): Rect & { readonly width: number; readonly height: number };
  querySelectorAll(selector: string): Iterable<ElementLike>;
}

/**
 * Runs in the page: finds texts that overlap on a picture, what extends beyond the widget, and a last button alone in
 * its row.
 */
export function layoutFaults(root: unknown): string[] {
  const widget = root as ElementLike;
  const seen = (from: ElementLike, selector: string) =>
    [...from.querySelectorAll(selector)].filter(
      (element) => element.getBoundingClientRect().width > 0 && (element.textContent ?? "").trim() !== "",
    );
  const meet = (a: Rect, b: Rect) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const faults: string[] = [];
  for (const stage of widget.querySelectorAll(".sl-stage")) {
    const texts = seen(stage, ".sl-letter, .sl-scale, .sl-levels, .mc-name, .mc-scores");
    for (const [n, a] of texts.entries())
      for (const b of texts.slice(n + 1))
        if (meet(a.getBoundingClientRect(), b.getBoundingClientRect()))
          faults.push(`${a.innerText} (${a.className}) lies on ${b.innerText} (${b.className})`);
  }
  const own = widget.getBoundingClientRect();
  for (const part of seen(widget, ".sl-toolbar *, .sl-foot *, .mc-table th, .mc-table td, h4, .dc-title, .sl-side *")) {
    const { left, right } = part.getBoundingClientRect();
    if (left < own.left - 1 || right > own.right + 1) faults.push(`${part.className || part.innerText} sticks out`);
  }
  for (const name of seen(widget, ".mc-name-text"))
    if (name.scrollWidth > name.clientWidth + 1) faults.push(`${name.innerText} is cut`);
  const [help] = [...widget.querySelectorAll(".sl-tools-end .sl-group .sl-button:last-child")];
  const [select] = seen(widget, ".sl-toolbar .sl-select");
  if (help && select && help.getBoundingClientRect().top > select.getBoundingClientRect().bottom)
    faults.push("the last button stands alone");
  return faults;
}

/**
 * Runs in the page: finds key caps with more than one line, keys that overlap their meanings, and a sheet that cannot
 * be scrolled to its end.
 */
export function sheetFaults(root: unknown): string[] {
  const sheet = root as ElementLike & { readonly scrollHeight: number; readonly clientHeight: number };
  const caps = [...sheet.querySelectorAll(".sl-cap")].filter((cap) => cap.getBoundingClientRect().height > 24);
  const keys = [...sheet.querySelectorAll("dt")];
  const meanings = [...sheet.querySelectorAll("dd")];
  const over = keys.filter(
    (key, n) => key.getBoundingClientRect().right > meanings[n].getBoundingClientRect().left + 1,
  );
  const sticking = [...sheet.querySelectorAll("dt, dd")].filter(
    (part) => part.getBoundingClientRect().right > sheet.getBoundingClientRect().right + 1,
  );
  return [...caps, ...over, ...sticking].map(({ innerText }) => innerText);
}
