import { syncBuiltinESMExports } from "node:module";
import { leaveAsyncIdsUnchecked } from "./async-ids.js";
import { replace } from "./replace.js";
import { followPromises, ownScope } from "./scope.js";
import { followNodeCallbacks, loadPackagesOutsideScopes } from "./scope-callbacks.js";
import { followListeners } from "./scope-listeners.js";
import { type ChildWaits, followSyncChildren, followThings } from "./scope-things.js";
import { followTimers } from "./scope-timers.js";

/** Makes asynchronous work remember the scope it was started in. Called once per process, before the first cell. */
export function followScopes(childWaits: ChildWaits): void {
  leaveAsyncIdsUnchecked();
  followPromises();
  followTimers();
  followListeners();
  followThings();
  followSyncChildren(childWaits);
  followNodeCallbacks();
  followFetch();
  loadPackagesOutsideScopes();
  syncBuiltinESMExports();
}

/** Aborts downloads of an interrupted cell. */
function followFetch(): void {
  replace(globalThis, "fetch", (original: typeof fetch) => {
    return function fetch(input: Parameters<typeof original>[0], init?: RequestInit) {
      const scope = ownScope();
      if (scope === undefined) return original(input, init);
      const given = init?.signal ?? (input instanceof Request ? input.signal : undefined);
      const own = scope.abort.signal;
      return original(input, { ...init, signal: given ? AbortSignal.any([given, own]) : own });
    };
  });
}
