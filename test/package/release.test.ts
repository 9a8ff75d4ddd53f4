import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("../../.ci/release.mjs", import.meta.url));

it("releases only from continuous integration, and only versions that agree", () => {
  const { ACTIONS_ID_TOKEN_REQUEST_URL, SIGSTORE_ID_TOKEN, ...env } = process.env;
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { env, encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toContain("No identity of a CI job");
  expect(stderr).not.toContain("says version");
});
