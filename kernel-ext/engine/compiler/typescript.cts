// As an ES module TypeScript would cost a third of a second more at the start: Node looks for the names of its exports
// in nine megabytes.
import ts = require("typescript");

export = ts;
