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
