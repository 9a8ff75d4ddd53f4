/** The part of a keyboard event used here. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/**
 * Alt+, Ctrl+ (⌘ on a Mac), Shift+ and the key. For punctuation only Ctrl counts: whether it needs Shift or AltGr
 * (which is reported as Ctrl and Alt) depends on the keyboard layout.
 */
export function keyName({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyPress): string {
  const name = key.length === 1 ? key.toLowerCase() : key;
  const control = ctrlKey || metaKey;
  if (name.length === 1 && !/[a-z0-9 ]/.test(name)) return `${control && !altKey ? "Ctrl+" : ""}${name}`;
  return `${altKey ? "Alt+" : ""}${control ? "Ctrl+" : ""}${shiftKey ? "Shift+" : ""}${name}`;
}

/**
 * Letters and punctuation that change or select cells with Ctrl or Alt: cut, copy, paste, select all, merge, split,
 * undo.
 */
const cellLetters = new Set(["x", "c", "v", "a", "m", "z", "y", "-", "_"]);

/**
 * True for shortcuts of the page or browser that do not affect cells, such as Ctrl S: Ctrl, Alt or ⌘ with a letter or
 * punctuation.
 */
export function belongsToPage({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyPress): boolean {
  if (/^F\d+$/.test(key)) return true;
  if (!(ctrlKey || metaKey || altKey) || key.length !== 1) return false;
  const name = key.toLowerCase();
  // Ctrl Shift C opens the command palette.
  return !cellLetters.has(name) || (name === "c" && shiftKey);
}
