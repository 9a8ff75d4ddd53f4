import { isKernelCode } from "../code-origin.js";

type Sites = readonly NodeJS.CallSite[];

/** Methods that pass a callback on to the same method of their base class. */
const PASSES_ON = /^(?:on|once|addListener|prependListener|prependOnceListener|addEventListener)$/;

function sites(_: unknown, found: NodeJS.CallSite[]): Sites {
  return found;
}

/** True if `api` was called by Node itself or by the kernel, not by the user or a library. Takes about 3 µs. */
export function calledByNode(api: unknown): boolean {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: Sites } = {};
  try {
    Error.stackTraceLimit = 3;
    Error.prepareStackTrace = sites;
    Error.captureStackTrace(holder, api as () => void);
    const caller = holder.stack?.find((site) => !isNode(site) || !PASSES_ON.test(site.getFunctionName() ?? ""));
    return caller !== undefined && (isNode(caller) || isKernelCode(caller.getFileName() ?? ""));
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}

function isNode(site: NodeJS.CallSite): boolean {
  return site.getFileName()?.startsWith("node:") ?? false;
}
