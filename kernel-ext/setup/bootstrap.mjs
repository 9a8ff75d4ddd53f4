// Runs first in a fresh clone, before anything is installed or compiled: plain JavaScript, built-in Node modules only.
// Updates node_modules and dist, then starts the compiled program.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { builds, hashOf, root } from "./build-stamps.mjs";

const wantedNode = [20, 19];

/** Exits with a one-line message that says what is missing and how to get it. */
function fail(message) {
  process.stderr.write(`samlab: ${message}\n`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > wantedNode[0] || (major === wantedNode[0] && minor >= wantedNode[1])) return;
  fail(
    `Node ${wantedNode.join(".")} or newer is needed, this is ${process.versions.node}. Get it from https://nodejs.org.`,
  );
}

/** Runs `work` unless it was already done with the same inputs. */
async function once(title, stamp, key, work) {
  const file = join(root, stamp);
  if (existsSync(file) && readFileSync(file, "utf8") === key) return;
  const start = Date.now();
  process.stdout.write(`${title} …\n`);
  rmSync(file, { force: true });
  await work();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, key);
  process.stdout.write(`${title}: ${((Date.now() - start) / 1000).toFixed(1)} s\n`);
}

/** Runs a program and resolves with its output; rejects with it on failure. */
function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    // On Windows npm is a script, which only a shell can start.
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      shell: process.platform === "win32",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => reject(new Error(error.message)));
    child.on("close", (code) => (code === 0 ? resolve(output) : reject(new Error(output))));
  });
}

const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|network|getaddrinfo/i;

async function installPackages() {
  const key = `${process.versions.node} ${hashOf(["package-lock.json"])}`;
  await once("Installing npm packages", "node_modules/.samlab-installed", key, async () => {
    try {
      // onnxruntime-node's install script would download CUDA files, and a failed download must not stop the setup;
      // `npm run setup -- --cuda` downloads them.
      await run("npm", ["ci", "--no-audit", "--no-fund"], { ONNXRUNTIME_NODE_INSTALL: "skip" });
    } catch (error) {
      if (offline.test(error.message))
        fail("npm's registry cannot be reached: connect to the network (or set a proxy) and try again.");
      fail(`npm ci failed:\n${lastLines(error.message)}`);
    }
  });
}

async function compileSources() {
  const compiler = join("node_modules", "typescript", "bin", "tsc");
  const { dist } = builds;
  await once("Compiling TypeScript", dist.stamp, hashOf(dist.sources), async () => {
    try {
      await run(process.execPath, [compiler, "-p", "tsconfig.build.json"]);
    } catch (error) {
      fail(`TypeScript found errors:\n${lastLines(error.message)}`);
    }
  });
}

async function buildWidgets() {
  const { labextension } = builds;
  await once("Building the JupyterLab extension", labextension.stamp, hashOf(labextension.sources), async () => {
    try {
      await run("npm", ["run", "build", "--workspace", "widgets"]);
    } catch (error) {
      fail(`The JupyterLab extension could not be built:\n${lastLines(error.message)}`);
    }
  });
}

const lastLines = (text) => text.trimEnd().split("\n").slice(-25).join("\n");

checkNode();
await installPackages();
await compileSources();
// Installing JupyterLab mostly waits for the network: the widgets are built meanwhile.
const widgets = buildWidgets();
const { main } = await import(pathToFileURL(join(root, "dist", "kernel-ext", "setup", "main.js")).href);
process.exitCode = await main(root, process.argv.slice(2), widgets);
