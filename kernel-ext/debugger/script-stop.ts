/**
 * Called with each script of a cell or module before its code runs. An attached debugger stops here, reads the script
 * and sets its breakpoints; without one this costs nothing.
 */
export function scriptReady(): void {
  // biome-ignore lint/suspicious/noDebugger: stops here to announce the script to the debugger.
  debugger;
}
