/**
 * A compiled program of this folder, to be started as a thread or process. Also found when this file runs from its
 * TypeScript source (in tests), which Node cannot start.
 */
export function compiledEntry(name: string): URL {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? `../../dist/src/runtime/${name}` : `./${name}`, import.meta.url);
}
