import { createRequire } from "node:module";
import { sep } from "node:path";

const { cache } = createRequire(import.meta.url);
const PACKAGES = `${sep}node_modules${sep}`;

/** The user's files that a CommonJS file has required, directly or indirectly, and itself; none if it is not loaded. */
export function requiredFiles(file: string): string[] {
  return modulesBelow(file).map(({ filename }) => filename);
}

/**
 * Makes the next `require` of a CommonJS file load it anew, and those of its user files that have changed, that an
 * interrupt ended while they loaded, or that require one of these.
 */
export function forgetRequired(file: string, hasChanged: (file: string) => boolean): void {
  const modules = modulesBelow(file);
  const old = new Set(
    modules.filter((each) => {
      return each.filename === file || !each.loaded || cache[each.filename] !== each || hasChanged(each.filename);
    }),
  );
  for (let before = -1; before !== old.size; ) {
    before = old.size;
    for (const each of modules) if (each.children.some((child) => old.has(child))) old.add(each);
  }
  for (const each of old) if (cache[each.filename] === each) delete cache[each.filename];
}

function modulesBelow(file: string): NodeJS.Module[] {
  const found = new Set<NodeJS.Module>();
  const add = (module: NodeJS.Module | undefined): void => {
    if (!module || found.has(module) || module.filename.includes(PACKAGES)) return;
    found.add(module);
    module.children.forEach(add);
  };
  add(cache[file]);
  return [...found];
}
