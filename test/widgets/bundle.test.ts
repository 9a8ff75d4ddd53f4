import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const folder = "widgets/labextension";
const built = existsSync(folder);
if (!built) console.warn(`The widgets are not built (no ${folder}): run npm run build.`);

const files = built ? readdirSync(join(folder, "static")) : [];
const bytesOf = (ending: string) =>
  files
    .filter((name) => name.endsWith(ending))
    .reduce((sum, name) => sum + statSync(join(folder, "static", name)).size, 0);

describe.skipIf(!built && process.env.CI !== "true")("the built labextension", () => {
  it("stays small: there is no framework in it", () => {
    expect(bytesOf(".js")).toBeLessThan(60_000);
    expect(bytesOf(".css")).toBeLessThan(15_000);
  });

  it("loads little with JupyterLab: the widgets come when one is shown", () => {
    const { _build } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).jupyterlab;
    expect(statSync(join(folder, _build.load)).size).toBeLessThan(15_000);
    expect(readFileSync(join(folder, _build.load), "utf8")).not.toContain("sl-toolbar");
  });

  it("has its style sheet as a file of its own", () => {
    const sheets = files.filter((name) => name.endsWith(".css"));
    expect(sheets).toHaveLength(1);
    expect(files.some((name) => readFileSync(join(folder, "static", name), "utf8").includes(sheets[0]))).toBe(true);
  });
});
