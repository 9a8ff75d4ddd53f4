#!/usr/bin/env node
import { runProgram } from "../../src/cli/program.js";
import { allCommands } from "./commands.js";

await runProgram(allCommands);
