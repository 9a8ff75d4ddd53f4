/** A worker process of an evaluation: evaluates what its parent requests and returns the rows. Writes no files. */
import { isSamlabError, messageOf } from "../../core/errors.js";
import type { ModelIdentity } from "../plan.js";
import { parseStrategy } from "../prompts/parse-strategy.js";
import { parseVolumeStrategy } from "../volume/volume-strategy.js";
import { LocalExecutor } from "./local-executor.js";
import { namedWindow } from "./preset-view.js";
import type { ReplyEnvelope, RequestEnvelope, WorkerJob, WorkerReplies, WorkerRequest } from "./worker-messages.js";
import { loadWorkerModel } from "./worker-models.js";

let executor: LocalExecutor | undefined;

process.on("message", (envelope: RequestEnvelope) => void answer(envelope));
// If the parent was killed, nobody needs the results.
process.on("disconnect", () => process.exit());
// Ctrl-C in a terminal reaches the whole process group; the parent stops its workers.
process.on("SIGINT", () => undefined);

async function answer({ id, request }: RequestEnvelope): Promise<void> {
  let envelope: ReplyEnvelope;
  try {
    envelope = { id, reply: await handle(request) };
  } catch (error) {
    const code = isSamlabError(error) ? error.code : "run-failed";
    envelope = { id, error: { code, message: messageOf(error) } };
  }
  process.send?.(envelope);
}

async function handle(request: WorkerRequest): Promise<WorkerReplies[keyof WorkerReplies]> {
  if (request.kind === "start") {
    executor = await start(request.job);
    return executor.models.map((model: ModelIdentity): ModelIdentity => {
      const {
        name,
        hash,
        adapterHash = "",
        preprocessing = "",
        quality = "predicted IoU",
        provider,
        notes = [],
      } = model;
      return { name, hash, adapterHash, preprocessing, quality, provider, notes: [...notes] };
    });
  }
  if (!executor) throw new Error("the worker was not started");
  return request.kind === "open" ? executor.open(request.caseIndex) : executor.run(request.unit);
}

async function start({ models, cases, strategies, volumeStrategies, ...settings }: WorkerJob): Promise<LocalExecutor> {
  const sams = [];
  for (const model of models) sams.push(await loadWorkerModel(model));
  const window = namedWindow(settings.scoring.window);
  const asked = {
    strategies: strategies.map(parseStrategy),
    volumeStrategies: volumeStrategies.map(parseVolumeStrategy),
  };
  return new LocalExecutor(sams, cases, { ...settings, ...asked, window }, undefined);
}
