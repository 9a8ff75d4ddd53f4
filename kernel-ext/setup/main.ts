import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Arguments, type OptionSpecs, readArguments } from "../../src/cli/arguments.js";
import { environmentHelp } from "../../src/cli/help.js";
import { isSamlabError, SamlabError, show } from "../../src/core/errors.js";
import { buildSnapshot } from "../engine/snapshot/snapshot.js";
import { installJupyter, pythonEnvironment } from "./environment.js";
import { runHeadless } from "./headless.js";
import { installJupyterFiles } from "./jupyter-files.js";
import { runTests } from "./run-tests.js";
import { checkPort, serve } from "./serve.js";
import { say } from "./steps.js";
import { fetchWeights } from "./weights.js";

const startNotebook = "notebooks/00-start.ipynb";

const help = `Usage:
  npm start                          set up what is missing, then open JupyterLab on ${startNotebook}
  npm start -- --headless            run that notebook without a browser, print each step
  npm start -- --no-browser          serve only, print the address
  npm start -- --port N              on this port, or not at all
  npm start -- --notebook PATH       another notebook
  npm run setup                      the set-up alone
  npm run setup -- --cuda            and fetch CUDA's files, 1.2 GB (NVIDIA GPU, Linux)
  npm test [-- VITEST ARGUMENTS]     set up what is missing, then run all checks and tests
  npm run bench [-- NAME ...]        measure against PyTorch, Python's ONNX Runtime and ipykernel
  npm run bench -- --json FILE       and keep the figures
  npm run notebooks [-- NAME ...]    run the notebooks and write their outputs into them

Environment:
${environmentHelp.join("\n")}
  SAMLAB_STATE               where what was prompted in widgets is kept
  SAMLAB_PROGRESS            off: no bars for library calls in notebooks
  SAMLAB_PYTHON              the Python that makes the environment for JupyterLab
`;

/**
 * Entry point of the npm scripts, once packages are installed and compiled. Returns the exit code; a failure prints one
 * clear message.
 * @param widgets resolves when the JupyterLab extension has been built
 */
export async function main(root: string, args: readonly string[], widgets: Promise<void>): Promise<number> {
  const [command, ...rest] = args;
  try {
    return await dispatch(root, command, rest, widgets);
  } catch (error) {
    if (!isSamlabError(error)) throw error;
    process.stderr.write(`samlab: ${error.message}\n`);
    return 1;
  }
}

async function dispatch(
  root: string,
  command: string | undefined,
  args: readonly string[],
  widgets: Promise<void>,
): Promise<number> {
  if (command === "help" || args.includes("--help") || args.includes("-h")) {
    process.stdout.write(help);
    return 0;
  }
  switch (command) {
    case "setup": {
      const given = optionsOf("run setup", args, { cuda: { help: "" } });
      await setUp(root, widgets);
      if (given.flag("cuda")) {
        const { fetchCuda } = await import("./cuda.js");
        await fetchCuda({ python: [pythonEnvironment(root).bin("python")] });
      }
      say("Ready: npm start opens JupyterLab.");
      return 0;
    }
    case "build":
      // Everything has been compiled before this runs.
      return 0;
    case "start":
      return start(root, args, widgets);
    case "test":
      return runTests(root, args, setUp(root, widgets));
    case "notebooks":
      await setUp(root, widgets);
      await (await import("./render-notebooks.js")).renderNotebooks(root, args);
      return 0;
    case "bench":
      await setUp(root, widgets);
      return (await import("./run-bench.js")).runBench(root, args);
    default:
      process.stdout.write(help);
      return 1;
  }
}

async function start(root: string, args: readonly string[], widgets: Promise<void>): Promise<number> {
  const given = optionsOf("start", args, {
    headless: { help: "" },
    "no-browser": { help: "" },
    port: { value: "N", help: "" },
    notebook: { value: "PATH", help: "" },
  });
  const port = given.number("port");
  const notebook = given.text("notebook") ?? startNotebook;
  if (!existsSync(resolve(root, notebook))) {
    throw new SamlabError("file-missing", `There is no notebook ${notebook}.`, {
      file: notebook,
      remedy: "Give a path from the project's folder, such as notebooks/volumes.ipynb.",
    });
  }
  if (port !== undefined && !given.flag("headless")) await checkPort(port);
  await setUp(root, widgets);
  if (!given.flag("headless")) return serve(root, { notebook, browser: !given.flag("no-browser"), port });
  say(`start: ok, Dice ${await runHeadless(root, notebook)}`);
  return 0;
}

/** @throws {SamlabError} `argument-invalid` also for what is no option */
function optionsOf(script: string, args: readonly string[], specs: OptionSpecs): Arguments {
  const given = readArguments(args, specs);
  const [extra] = given.positionals;
  if (extra === undefined) return given;
  throw new SamlabError("argument-invalid", `npm ${script} does not know what to do with ${show(extra)}.`, {
    field: extra,
    remedy: "Its options follow --, as in npm start -- --port 8890; npm run help lists them.",
  });
}

async function setUp(root: string, widgets: Promise<void>): Promise<void> {
  await Promise.all([installJupyter(root), widgets, buildSnapshot()]);
  await installJupyterFiles(root);
  await fetchWeights({ python: [pythonEnvironment(root).bin("python")] });
}
