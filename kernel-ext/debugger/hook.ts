import { formatValue, plainText } from "../display/format.js";
import type { Shown } from "../display/shown.js";
import type { Engine } from "../engine/engine.js";
import { type RunningCode, runningCode } from "../execute/stack.js";
import { type CompiledScript, type DebugHook, PLACE } from "./protocol.js";

/** Called once on the main thread. */
export function offerDebugging(engine: Engine): void {
  let given = new WeakSet<RunningCode>();
  const { variables } = engine;
  const hook: DebugHook = {
    scripts(isNew) {
      if (isNew) given = new WeakSet();
      const scripts: CompiledScript[] = [];
      for (const [url, code] of runningCode()) {
        if (given.has(code)) continue;
        given.add(code);
        scripts.push({ url, ...code });
      }
      return JSON.stringify(scripts);
    },
    names: () => JSON.stringify([...variables.names()]),
    values(names = [...variables.names()]) {
      const values = Object.create(null) as Record<string, unknown>;
      for (const name of names) {
        if (!variables.get(name).isSet) continue;
        try {
          values[name] = variables.get(name).ˑ;
        } catch {
          // A module's name that is not initialized yet.
        }
      }
      return values;
    },
    vars: new Proxy(Object.create(null) as object, {
      get: (_, name) => variables.get(String(name)).ˑ,
      set(_, name, value: unknown) {
        variables.get(String(name)).ˑ = value;
        return true;
      },
    }),
    show(value, isStopped) {
      const asText = (): Shown => ({ data: { "text/plain": plainText(value) }, metadata: {} });
      const shown = formatValue(value, () => {});
      if (!(shown instanceof Promise)) return JSON.stringify(shown);
      return isStopped ? JSON.stringify(asText()) : shown.then((found) => JSON.stringify(found));
    },
  };
  Object.defineProperty(globalThis, Symbol.for(PLACE), { value: hook });
}
