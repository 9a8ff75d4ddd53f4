/**
 * Called with each script of a cell or module before its code runs. A debugger that is attached stops here, learns of the script and sets
 * its breakpoints; without one this costs nothing.
 */
export function scriptReady(): void {
  // biome-ignore lint/suspicious/noDebugger: this is where the debugger is told.
  debugger;
}
