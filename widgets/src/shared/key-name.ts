/** What a keyboard event says about its key. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/**
 * Alt+, Ctrl+ (⌘ on a Mac), Shift+ and the key. For signs only Ctrl counts: where they lie on the keyboard, and whether they need Shift or AltGr
 * (which comes as Ctrl and Alt), differs from country to country.
 */
export function keyName({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyPress): string {
  const name = key.length === 1 ? key.toLowerCase() : key;
  const control = ctrlKey || metaKey;
  if (name.length === 1 && !/[a-z0-9 ]/.test(name)) return `${control && !altKey ? "Ctrl+" : ""}${name}`;
  return `${altKey ? "Alt+" : ""}${control ? "Ctrl+" : ""}${shiftKey ? "Shift+" : ""}${name}`;
}

/** Letters and signs that change or choose cells with Ctrl or Alt: cut, copy, paste, select all, merge, split, undo. */
const cellLetters = new Set(["x", "c", "v", "a", "m", "z", "y", "-", "_"]);

/** True for keys of the page or the browser that leave cells alone, such as Ctrl S: with Ctrl, Alt or ⌘, and a letter or sign. */
export function belongsToPage({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyPress): boolean {
  if (/^F\d+$/.test(key)) return true;
  if (!(ctrlKey || metaKey || altKey) || key.length !== 1) return false;
  const name = key.toLowerCase();
  // Ctrl Shift C is the command palette.
  return !cellLetters.has(name) || (name === "c" && shiftKey);
}
