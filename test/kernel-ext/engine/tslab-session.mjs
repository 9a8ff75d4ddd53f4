// A process that runs cells with tslab's own converter and executor, as tslab's kernel does, and reports the results.
import { createRequire } from "node:module";
import { inspect } from "node:util";

const require = createRequire(import.meta.url);
const { createConverter } = require("tslab/dist/converter.js");
const { createExecutor } = require("tslab/dist/executor.js");
const { JupyterHandlerImpl } = require("tslab/dist/jupyter.js");

// As samlab's kernel shows values.
const SHOWN = { depth: 4, maxArrayLength: 60, maxStringLength: 10_000, colors: false };

let outcome = newOutcome();
// What cells display goes through a writer that only tslab's handler of requests can install.
const nothing = { execute: async () => true, reset() {}, close() {} };
await new JupyterHandlerImpl(nothing, false).handleExecute(
  { code: "", silent: false, store_history: false, user_expressions: {}, allow_stdin: false, stop_on_error: false },
  () => {},
  () => {},
);
process.stdout.write = capture("stdout");
process.stderr.write = capture("stderr");
process.on("uncaughtException", (error) => outcome.errors.push(describe(error)));
process.on("unhandledRejection", (error) => outcome.errors.push(describe(error)));

const converter = createConverter();
const observed = {
  ...converter,
  convert(declarations, source) {
    const result = converter.convert(declarations, source);
    outcome.errors.push(...findings(result.diagnostics));
    return result;
  },
};
const executor = createExecutor(
  process.cwd(),
  { node: observed, browser: observed, close() {} },
  {
    log(value) {
      outcome.result = inspect(value, SHOWN);
    },
    error(...args) {
      // One argument is what a cell threw, several are a finding of the compiler.
      if (args.length === 1) outcome.errors.push(describe(args[0]));
    },
  },
);

process.on("message", async ({ code, reset }) => {
  outcome = newOutcome();
  try {
    if (reset) executor.reset();
    else await executor.execute(code);
  } catch (error) {
    outcome.errors.push(describe(error));
  }
  process.send(outcome);
});
process.send("ready");

function newOutcome() {
  return { result: undefined, stdout: "", stderr: "", errors: [] };
}

function capture(stream) {
  return (chunk, encoding, done) => {
    outcome[stream] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    const callback = typeof encoding === "function" ? encoding : done;
    callback?.();
    return true;
  };
}

function describe(thrown) {
  if (!(thrown instanceof Error)) return { head: `Thrown: ${inspect(thrown)}` };
  return { head: `${thrown.name}: ${thrown.message}` };
}

/** tslab gives the links of one message as findings of the same place. */
function findings(diagnostics) {
  const found = [];
  let last;
  for (const diagnostic of diagnostics) {
    const { start, end, code, messageText, fileName } = diagnostic;
    const continues =
      last?.start.offset === start.offset &&
      last.end.offset === end.offset &&
      (fileName === undefined || fileName === last.fileName);
    if (continues) continue;
    last = diagnostic;
    const place = `${start.line + 1}:${start.character + 1}`;
    found.push({ head: `TS${code}: ${messageText}`, at: fileName === undefined ? place : `${fileName}:${place}` });
  }
  return found;
}
