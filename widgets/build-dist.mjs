// Bundles the compiled sources in lib/ for pages other than JupyterLab's: an AMD module with the package's name for
// html-manager, nbviewer, and VS Code, and an ES module for each widget for hosts of anywidget's front-end modules.
import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rspack } from "@rspack/core";

const root = dirname(fileURLToPath(import.meta.url));
const lib = join(root, "lib", "widgets", "src");
const dist = join(root, "dist");

const shared = {
  mode: "production",
  devtool: false,
  context: root,
  target: ["web", "es2022"],
  performance: { hints: false },
};

/** Licenses of what is bundled stand beside it. */
const minimizer = [
  new rspack.SwcJsMinimizerRspackPlugin({
    extractComments: { condition: /^\**!|@license|@copyright|licensed under/i },
  }),
];

const amd = {
  ...shared,
  name: "amd",
  entry: { index: join(lib, "amd.js") },
  output: { path: dist, filename: "[name].js", chunkFilename: "[name].js", publicPath: "", library: { type: "amd" } },
  externals: { "@jupyter-widgets/base": "@jupyter-widgets/base", "amd-module": "module" },
  module: {
    // One file for all, which hosts may copy or cache alone; only plotly.js stays apart, as its import says.
    parser: { javascript: { dynamicImportMode: "eager" } },
    rules: [{ test: /\.raw\.css$/, type: "asset/inline" }],
  },
  optimization: { chunkIds: "named", splitChunks: false, minimizer },
};

const afm = ["slice-prompter", "mask-compare", "dice-chart", "training", "progress"].map((widget) => ({
  ...shared,
  name: `afm-${widget}`,
  entry: { [widget]: join(lib, "afm", `${widget}.js`) },
  output: {
    path: join(dist, "afm"),
    filename: "[name].js",
    module: true,
    chunkFormat: "module",
    library: { type: "module" },
  },
  module: { rules: [{ test: /\.raw\.css$/, type: "asset/source" }] },
  optimization: { minimizer },
  // Hosts load the text of one file.
  plugins: [new rspack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })],
}));

await rm(dist, { recursive: true, force: true });
const compiler = rspack([amd, ...afm]);
const stats = await new Promise((resolve, reject) => {
  compiler.run((error, result) => (error ? reject(error) : resolve(result)));
});
await new Promise((resolve) => compiler.close(resolve));
if (stats.hasErrors() || stats.hasWarnings()) {
  process.stderr.write(`${stats.toString({ preset: "errors-warnings" })}\n`);
  process.exitCode = 1;
}

// Entries of the npm package mean nothing in the extension, whose manifest is a copy of package.json.
const manifest = join(root, "labextension", "package.json");
const { exports: _, ...rest } = JSON.parse(await readFile(manifest, "utf8"));
await writeFile(manifest, `${JSON.stringify(rest, null, 2)}\n`);
