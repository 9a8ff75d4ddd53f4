import type { Command } from "../../src/cli/command.js";
import { commands } from "../../src/cli/run.js";
import { doctorCommand } from "./doctor-command.js";
import { kernelCommand } from "./kernel-command.js";
import { setupCommand } from "./setup-command.js";

/** The commands of the `samlab` program: those of the library, and those for Jupyter. */
export const allCommands: readonly Command[] = [...commands, setupCommand, kernelCommand, doctorCommand];
