import type { ExecuteResult, KernelClient } from "../../../kernel-ext/client/client.js";
import type { JsonObject } from "../../../kernel-ext/comm/comm.js";
import { sleep } from "./kernel.js";

/** Takes the compiler most of a minute. */
export const SLOW_TYPES = `type L = "a" | "b" | "c" | "d" | "e" | "f" | "g" | "h" | "i" | "j"; type X = \`\${L}\${L}\${L}\${L}\`;
  type Y<T> = T extends \`\${infer A}\${infer R}\` ? [A, ...Y2<R>] : [];
  type Y2<T> = T extends \`\${infer A}\${infer R}\` ? \`\${A}\${L}\${L}\${L}\` : never; declare const q: Y<X>;
  declare const q2: { [K in X]: { [K2 in X]: \`\${K}\${K2}\` } };
  const zz: { [K in X]: { [K2 in X]: \`\${K2}\${K}\` } } = q2;`;

/** Runs a cell and interrupts it once it has said "go" and had a moment more. */
export async function interruptOnceStarted(
  kernel: KernelClient,
  code: string,
  moment = 60,
): Promise<{ ran: ExecuteResult; answer: JsonObject }> {
  let start = () => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const running = kernel.execute(code, { onOutput: start });
  await started;
  await sleep(moment);
  const answer = await kernel.interrupt();
  return { ran: await running, answer };
}
