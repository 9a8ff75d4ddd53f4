// JupyterLab's builder bundles style sheets into JavaScript. samlab's remain separate files, loaded with the first
// widget: the builder's style loaders ignore `.raw.css`.
module.exports = { module: { rules: [{ test: /\.raw\.css$/, type: "asset/resource" }] } };
