import ts from "typescript";
import { describe, expect, it } from "vitest";
import { chainSourceMaps, readSourceMap } from "../../../kernel-ext/execute/source-map.js";

function compile(source: string, module: ts.ModuleKind) {
  const { outputText, sourceMapText } = ts.transpileModule(source, {
    compilerOptions: { module, target: ts.ScriptTarget.ES2022, sourceMap: true },
  });
  return { text: outputText, map: readSourceMap(sourceMapText!) };
}

function find(text: string, word: string) {
  const before = text.slice(0, text.indexOf(word)).split("\n");
  return { line: before.length - 1, column: before.at(-1)!.length };
}

const source = `import { readFileSync } from "node:fs";

interface Gone { a: number }


export const a: number = 1;

   function late(x: Gone): never {
  throw new RangeError(readFileSync.name + x.a);
}
late({ a });
`;

describe("source maps", () => {
  it("lead through two compilations to the line and column of the source", () => {
    const first = compile(source, ts.ModuleKind.ESNext);
    const second = compile(first.text, ts.ModuleKind.CommonJS);
    const map = chainSourceMaps(first.map, second.map);
    for (const word of ["new RangeError", "late({"]) {
      expect(map.original(find(second.text, word))).toEqual(find(source, word));
    }
  });

  it("know nothing of places outside", () => {
    expect(compile("1", ts.ModuleKind.ESNext).map.original({ line: 99, column: 0 })).toBeUndefined();
  });
});
