/** Prefixes that training wrappers put before SAM's own names: DataParallel, torch_em, Lightning. */
const prefixes = ["module.", "sam.", "model."];

/** Buffers that are no weights: SAM's normalisation constants. */
const dropped = new Set(["pixel_mean", "pixel_std"]);

/** A stored tensor name in SAM's own key layout (segment_anything), or `null` for what is no weight. */
export function samName(stored: string): string | null {
  let name = stored;
  for (let changed = true; changed; ) {
    changed = false;
    for (const prefix of prefixes) {
      if (name.startsWith(prefix)) {
        name = name.slice(prefix.length);
        changed = true;
      }
    }
  }
  return dropped.has(name) ? null : name;
}
