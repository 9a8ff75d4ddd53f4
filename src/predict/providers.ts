import { dirname } from "node:path";
import { messageOf, SamlabError } from "../core/errors.js";
import type { devices } from "../runtime/devices.js";
import type { ModelSource } from "../runtime/messages.js";
import type { Device, Provider } from "../runtime/provider.js";
import { Session } from "../runtime/session.js";

/**
 * Providers to try, best first.
 * @throws {SamlabError} `provider-unavailable` when the requested one does not work
 */
export async function availableProviders(
  device: Device,
  wanted: readonly Provider[],
  tried: ReturnType<typeof devices> | null,
): Promise<readonly Provider[]> {
  if (!tried) return wanted;
  const reports = await tried;
  if (device === "auto") {
    const first = Math.max(
      0,
      reports.findIndex(({ chosen }) => chosen),
    );
    return reports
      .slice(first)
      .filter(({ provider, available }) => available || provider === "CPU")
      .map(({ provider }) => provider);
  }
  const report = reports.find(({ provider }) => provider === wanted[0]);
  if (report?.available) return wanted;
  throw new SamlabError(
    "provider-unavailable",
    `${wanted[0]} cannot be used here: ${report?.note ?? "it was not tried"}.`,
    {
      field: "device",
      value: device,
      remedy: 'Use { device: "auto" }; await devices(), or samlab devices in a terminal, shows what there is.',
    },
  );
}

/**
 * Creates a model's sessions on the first provider that accepts its graphs, with a note for each that fails.
 * @param decoder makes what runs the decoder
 */
export async function startSessions<D>(
  encoderGraph: ModelSource,
  decoder: (provider: Provider) => Promise<D>,
  providers: readonly Provider[],
  notes: string[],
): Promise<{ encoder: Session; decoder: D }> {
  let last: unknown;
  for (const provider of providers) {
    let encoder: Session | undefined;
    try {
      encoder = await Session.create(encoderGraph, provider);
      return { encoder, decoder: await decoder(provider) };
    } catch (error) {
      last = error;
      notes.push(`${provider} could not run the model: ${messageOf(error)}`);
      await encoder?.release();
    }
  }
  const cached = "path" in encoderGraph ? ` If they work, delete ${dirname(encoderGraph.path)}.` : "";
  throw new SamlabError("provider-unavailable", `No device could run the model. ${notes.join(" ")}`, {
    cause: last,
    remedy: `Run samlab doctor, which tries the devices.${cached}`,
  });
}
