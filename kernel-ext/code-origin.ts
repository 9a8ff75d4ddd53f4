const KERNEL_FOLDER =
  /\/kernel-ext\/(?:(?:wire|execute|engine|comm|display|debugger)\/|(?:main|kernel|context)\.[jt]s)/;
const HOOKS = /\/kernel-ext\/execute\/(?:scope(?:-\w+)?|caller|cell-guard)\.[jt]s/;
const ENGINE_FOLDER = /\/node_modules\/(?:tslab\/|@tslab\/)/;

/** Script name of a cell in stack traces, see {@link cellUrl}. */
export const CELL_URL = /^cell-(\w+)\.ts$/;

/** The script name of a cell; `id` is its execution count, or "s1", "s2" … for silent ones. */
export function cellUrl(id: string | number): string {
  return `cell-${id}.ts`;
}

/** True for the code that compiles and runs cells. */
export function isEngineCode(url: string): boolean {
  return /\/kernel-ext\/engine\//.test(url.replaceAll("\\", "/"));
}

/** True for Node's built-in modules. */
export function isNodeCode(url: string): boolean {
  return url === "" || url.startsWith("node:");
}

/** True for the hooks that run around every continuation and callback, including the user's. */
export function isHookCode(url: string): boolean {
  return HOOKS.test(url.replaceAll("\\", "/"));
}

/**
 * True for kernel internals: wire, engine, comms and display, tslab and its compiler. Widgets and the library are not
 * included, since they do the user's work.
 */
export function isKernelCode(url: string): boolean {
  const path = url.replaceAll("\\", "/");
  return KERNEL_FOLDER.test(path) || ENGINE_FOLDER.test(path);
}
