import { parseArgs } from "node:util";
import { environmentHelp } from "../../src/cli/help.js";
import { isSamlabError } from "../../src/core/errors.js";
import { buildSnapshot } from "../engine/snapshot/snapshot.js";
import { installJupyter, pythonEnvironment } from "./environment.js";
import { runHeadless } from "./headless.js";
import { installJupyterFiles } from "./jupyter-files.js";
import { runTests } from "./run-tests.js";
import { serve } from "./serve.js";
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
    if (!isSamlabError(error) && !(error instanceof TypeError && "code" in error)) throw error;
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
      const { values } = parseArgs({ args: [...args], options: { cuda: { type: "boolean" } } });
      await setUp(root, widgets);
      if (values.cuda) {
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
  const { values } = parseArgs({
    args: [...args],
    options: {
      headless: { type: "boolean", default: false },
      "no-browser": { type: "boolean", default: false },
      port: { type: "string" },
      notebook: { type: "string", default: startNotebook },
    },
  });
  await setUp(root, widgets);
  if (!values.headless) {
    const port = values.port === undefined ? undefined : Number(values.port);
    return serve(root, { notebook: values.notebook, browser: !values["no-browser"], port });
  }
  say(`start: ok, Dice ${await runHeadless(root, values.notebook)}`);
  return 0;
}

async function setUp(root: string, widgets: Promise<void>): Promise<void> {
  await Promise.all([installJupyter(root), widgets, buildSnapshot()]);
  await installJupyterFiles(root);
  await fetchWeights({ python: [pythonEnvironment(root).bin("python")] });
}
