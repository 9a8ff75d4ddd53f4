import module from "amd-module";
import { loadBaseStyle } from "./shared/style.js";

// What comes later (plotly.js) lies beside this file, wherever it was loaded from. RequireJS runs a module after its
// script has ended, so that the page's current script is not this one.
__webpack_public_path__ = new URL(".", new URL(module.uri, document.baseURI)).href;

void loadBaseStyle();

export * from "./index.js";
