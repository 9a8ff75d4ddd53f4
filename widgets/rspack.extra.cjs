// JupyterLab's builder puts style sheets into JavaScript. Ours stay files of their own, loaded together with the first
// widget: `.raw.css` is the name that its style loaders pass over.
module.exports = { module: { rules: [{ test: /\.raw\.css$/, type: "asset/resource" }] } };
