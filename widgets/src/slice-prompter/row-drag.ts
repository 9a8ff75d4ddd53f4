/** Lets a list's row be dragged to another position by a handle. `move` gets the new position, from 0. */
export function draggable(handle: HTMLElement, row: HTMLElement, move: (to: number) => void): void {
  let from: { readonly y: number; readonly at: number } | null = null;
  const rows = () => [...(row.parentElement?.children ?? [])];
  const shift = (event: PointerEvent) => (from ? event.clientY - from.y : 0);
  const end = () => {
    from = null;
    row.style.transform = "";
    row.classList.remove("sl-dragged");
  };
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || rows().length < 2) return;
    handle.setPointerCapture(event.pointerId);
    from = { y: event.clientY, at: rows().indexOf(row) };
  });
  handle.addEventListener("pointermove", (event) => {
    if (!from) return;
    const height = row.offsetHeight;
    const [least, most] = [-from.at * height, (rows().length - 1 - from.at) * height];
    row.style.transform = `translateY(${Math.min(most, Math.max(least, shift(event)))}px)`;
    row.classList.add("sl-dragged");
  });
  handle.addEventListener("pointerup", (event) => {
    if (!from) return;
    const to = from.at + Math.round(shift(event) / row.offsetHeight);
    const [at, last] = [from.at, rows().length - 1];
    end();
    if (to !== at) move(Math.min(last, Math.max(0, to)));
  });
  handle.addEventListener("pointercancel", end);
}
