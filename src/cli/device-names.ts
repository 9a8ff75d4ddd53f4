import type { Device } from "../runtime/provider.js";

export const deviceNames: readonly Device[] = ["auto", "cuda", "webgpu", "cpu"];
