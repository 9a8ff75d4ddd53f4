import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { samlabPackage } from "../../src/io/files/package.js";
import type { JsonObject } from "../comm/comm.js";
import { PROTOCOL_VERSION } from "./message.js";

/** The compiler's version, read from its package so that the reply does not wait for the compiler. */
function compilerVersion(): string {
  const manifest = readFileSync(createRequire(import.meta.url).resolve("typescript/package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

/** Content of kernel_info_reply. */
export function kernelInfo(): JsonObject {
  const version = compilerVersion();
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: "samlab",
    implementation_version: samlabPackage.version,
    banner: `samlab ${samlabPackage.version}, TypeScript ${version}, Node.js ${process.versions.node}`,
    debugger: true,
    supported_features: ["debugger"],
    language_info: {
      name: "typescript",
      version,
      mimetype: "application/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: "typescript",
      nbconvert_exporter: "script",
    },
    help_links: [
      { text: "TypeScript handbook", url: "https://www.typescriptlang.org/docs/handbook/" },
      { text: "Node.js API", url: "https://nodejs.org/api/" },
    ],
  };
}
