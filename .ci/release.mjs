// Publishes samlab-widgets and samlab to npm, with provenance: `npm run release` in a CI job. With --check it only
// reports what prevents it.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (...path) => readFileSync(join(root, ...path), "utf8");
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

const packages = [JSON.parse(read("package.json")), JSON.parse(read("widgets", "package.json"))];
const { version } = packages[0];

/** What must be put right first, one line each. */
function obstacles() {
  const found = [];
  const versions = {
    "widgets/package.json": packages[1].version,
    "src/protocol/version.ts": /widgetVersion = "([^"]+)"/.exec(read("src", "protocol", "version.ts"))?.[1],
    "CITATION.cff": /^version: "?([^"\n]+)"?$/m.exec(read("CITATION.cff"))?.[1],
  };
  for (const [file, other] of Object.entries(versions)) {
    if (other !== version) found.push(`${file} says version ${other}, package.json ${version}.`);
  }
  if (!read("CHANGELOG.md").includes(`## [${version}]`)) found.push(`CHANGELOG.md has no section ## [${version}].`);
  for (const { name, repository } of packages) {
    if (!repository) found.push(`${name} has no repository in its package.json: npm compares it with the provenance.`);
  }
  if (execFileSync("git", ["status", "--porcelain"], { cwd: root, encoding: "utf8" }) !== "") {
    found.push("There are changes that are not committed.");
  }
  // GitHub Actions, and what npm takes elsewhere.
  if (!process.env.ACTIONS_ID_TOKEN_REQUEST_URL && !process.env.SIGSTORE_ID_TOKEN) {
    found.push(
      "No identity of a CI job is there, which signs the provenance (GitHub Actions: permissions: id-token: write).",
    );
  }
  return found;
}

const found = obstacles();
if (found.length > 0) {
  process.stderr.write(`samlab ${version} cannot be released:\n${found.map((line) => `- ${line}\n`).join("")}`);
  process.exitCode = 1;
} else if (!process.argv.includes("--check")) {
  const publish = (...args) =>
    execFileSync(npm, ["publish", "--provenance", "--access", "public", ...args], { cwd: root, stdio: "inherit" });
  // First what the other names: a kernel that announces widgets which no CDN has would show nothing in VS Code.
  publish("--workspace", "widgets");
  publish();
}
