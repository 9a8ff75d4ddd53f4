import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installOnce, pythonEnvironment } from "./environment.js";
import { runInTerminal } from "./program.js";
import { say } from "./steps.js";

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly numPendingTests: number;
}

/**
 * Type check, lint and format, then all tests. Arguments are passed to vitest. The last line printed is `<n> passed,
 * <n> failed`, including the three checks; skipped tests and the reasons are listed before it.
 * @param ready resolves when all is set up; the checks run meanwhile
 * @returns the exit code
 */
export async function runTests(
  root: string,
  vitestArguments: readonly string[],
  ready: Promise<void>,
): Promise<number> {
  const skippedFile = join(tmpdir(), `samlab-skipped-${process.pid}.txt`);
  const node = (program: string, ...args: readonly string[]) =>
    runInTerminal(process.execPath, [join(root, "node_modules", ...program.split("/")), ...args], {
      cwd: root,
      env: { ...testEnvironment(root), SAMLAB_SKIPPED_FILE: skippedFile },
    });
  let passed = 0;
  let failed = 0;
  const check = async (title: string, code: Promise<number>) => {
    if ((await code) === 0) passed += 1;
    else {
      failed += 1;
      say(`${title}: failed`);
    }
  };
  say("Checking types, lint and format");
  await Promise.all([
    ready.then(() =>
      installOnce(
        "Installing Jupyter's own kernel tests",
        pythonEnvironment(root),
        join(root, "test", "requirements.txt"),
      ),
    ),
    check("Type check", node("typescript/bin/tsc", "-p", "tsconfig.json")),
    check("Type check of the tests' page", node("typescript/bin/tsc", "-p", "test/widgets/page")),
    check("Lint and format", node("@biomejs/biome/bin/biome", "ci", ".")),
  ]);
  const report = join(tmpdir(), `samlab-vitest-${process.pid}.json`);
  const code = await node(
    "vitest/vitest.mjs",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...vitestArguments,
  );
  const counts = await readFile(report, "utf8").then(
    (text) => JSON.parse(text) as VitestReport,
    () => null,
  );
  await rm(report, { force: true });
  passed += counts?.numPassedTests ?? 0;
  failed += counts?.numFailedTests ?? 0;
  // A file that fails to load has no failed tests of its own.
  if (code !== 0 && (counts?.numFailedTests ?? 0) === 0) failed += Math.max(1, counts?.numFailedTestSuites ?? 0);
  await saySkipped(skippedFile, counts?.numPendingTests ?? 0);
  say(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Tests write their reasons into the file: see `test/support/skipped.ts`. */
async function saySkipped(file: string, count: number): Promise<void> {
  const reasons = new Set((await readFile(file, "utf8").catch(() => "")).split("\n").filter(Boolean));
  await rm(file, { force: true });
  if (count > 0 || reasons.size > 0) say(`${count} skipped`);
  for (const reason of reasons) say(`  ${reason}`);
}

/** Lets tests that need Jupyter find it in the project's environment. */
function testEnvironment(root: string): NodeJS.ProcessEnv {
  return { SAMLAB_TEST_PYTHON: pythonEnvironment(root).bin("python"), ...process.env };
}
