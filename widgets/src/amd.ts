import module from "amd-module";
import { loadBaseStyle } from "./shared/style.js";

// Code that is loaded later (plotly.js) is in the folder of this file. RequireJS runs a module after its script has
// ended, so document.currentScript is not this one.
__webpack_public_path__ = new URL(".", new URL(module.uri, document.baseURI)).href;

void loadBaseStyle();

export * from "./index.js";
