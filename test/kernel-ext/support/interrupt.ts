import type { ExecuteResult, KernelClient } from "../../../kernel-ext/client/client.js";
import type { JsonObject } from "../../../kernel-ext/comm/comm.js";
import { sleep } from "./kernel.js";

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
