import ts from "typescript";
import { describe, expect, it } from "vitest";
import { type CodeKnowledge, readMagics } from "../../../kernel-ext/execute/magics.js";

/** TypeScript's own parser; a name is known that the cell declares, or that was declared before. */
function knowledge(...before: string[]): CodeKnowledge {
  return {
    parses: async (code) => {
      const source = ts.createSourceFile("cell.ts", `export {};\n${code}`, ts.ScriptTarget.Latest);
      return (source as unknown as { parseDiagnostics: unknown[] }).parseDiagnostics.length === 0;
    },
    isKnown: async (code, end) => {
      const name = /[\w$]+$/.exec(code.slice(0, end))![0];
      return before.includes(name) || new RegExp(`\\b(?:const|let|var|function)\\s+${name}\\b`).test(code);
    },
  };
}

const read = (code: string, ...before: string[]) => readMagics(code, knowledge(...before));
const shell = (...commands: string[]) => commands.map((command) => ({ kind: "shell", command }));

describe("magics", () => {
  it.each<[string, object[], string]>([
    ["!npm install left-pad", shell("npm install left-pad"), ""],
    ["!ls", shell("ls"), ""],
    ["!ls -la data/*.nii.gz", shell("ls -la data/*.nii.gz"), ""],
    ["  \n! git status --short | head -3", shell("git status --short | head -3"), ""],
    ["!!pwd", shell("pwd"), ""],
    ["!docker run \\\n  --rm x\nconst a = 1;", shell("docker run  --rm x"), "\n\nconst a = 1;"],
    ['!npm i a\n%npm i b\n\nimport a from "a";\na()', shell("npm i a", "npm i b"), '\n\n\nimport a from "a";\na()'],
    ["// first\n!npm i a\n1 + 1", shell("npm i a"), "// first\n\n1 + 1"],
    ["%cd ~/data\n!ls", [{ kind: "cd", folder: "~/data" }, ...shell("ls")], ""],
    ["!cd 'my data'", [{ kind: "cd", folder: "my data" }], ""],
    ["!cd 'R&D (old); new'", [{ kind: "cd", folder: "R&D (old); new" }], ""],
    ["!cd", [{ kind: "cd", folder: "~" }], ""],
    ["!cd sub && pwd", shell("cd sub && pwd"), ""],
    ["!cd sub; ls", shell("cd sub; ls"), ""],
    ["!cd 'my data' && ls | head", shell("cd 'my data' && ls | head"), ""],
    ["!cd $(git rev-parse --show-toplevel)", shell("cd $(git rev-parse --show-toplevel)"), ""],
    ["!cd sub > log.txt 2>&1", shell("cd sub > log.txt 2>&1"), ""],
    ["%%bash\necho it's\nexit 3", shell("bash -c 'echo it'\\''s\nexit 3'"), ""],
    ["%%script zsh\nx", shell("zsh -c 'x'"), ""],
  ])("%j are done first", async (code, steps, rest) => {
    expect(await read(code)).toEqual({ kind: "plan", steps, code: rest.trim() === "" ? "" : rest, isTimed: false });
  });

  it("between lines of code become statements in their place", async () => {
    const magic = await read('const a = 1;\n!echo "$HOME"\n%cd x\na + 1');
    expect(magic).toMatchObject({
      steps: [],
      code: `const a = 1;
await Reflect.get(globalThis, Symbol.for("samlab.magic"))({"kind":"shell","command":"echo \\"$HOME\\""});
await Reflect.get(globalThis, Symbol.for("samlab.magic"))({"kind":"cd","folder":"x"});
a + 1`,
    });
  });

  it("above an expression of several lines leave it alone", async () => {
    expect(await read("!npm i a\n!f(\n1,\n)", "f")).toMatchObject({ steps: shell("npm i a"), code: "\n!f(\n1,\n)" });
  });

  it("that time keep the code", async () => {
    expect(await read("%%time\nawait f();\n")).toEqual({
      kind: "plan",
      steps: [],
      code: "\nawait f();\n",
      isTimed: true,
    });
    expect(await read("%time f(1)")).toEqual({ kind: "plan", steps: [], code: "f(1)", isTimed: true });
  });

  it.each([
    ["%pip install x", "!npm install"],
    ["%matplotlib inline", "show themselves"],
    ["%timeit f()", "%%time"],
    ["%run a.py", "import"],
    ["%load_ext autoreload\n%autoreload 2", "npm packages"],
    ["%frobnicate", "This kernel has no %frobnicate. Lines that start with !"],
    ["%%html\n<b>1</b>", "display("],
    ["%%writefile x.txt\n1", "writeFileSync"],
    ["%%nosuch\n1", "This kernel has no %%nosuch."],
    ["const a = 1;\n%pip install x", "%pip does not work in this kernel."],
    ["!", "comes a command"],
  ])("%j that this kernel does not have are answered by a sentence", async (code, sentence) => {
    expect(await read(code)).toEqual({ kind: "error", sentence: expect.stringContaining(sentence) });
  });

  it.each<[string, ...string[]]>([
    ["!ready && start()", "ready", "start"],
    ["!ready", "ready"],
    ["const ready = true;\n!ready"],
    ["const a = 7\n% 3;"],
    ["const a = b\n%c", "b", "c"],
    ["const a =\n!b", "b"],
    ["const text = `\n!npm install x\n%pip install y\n!ls\n`;"],
    ["/*\n!npm install x\n!ls\n*/ 1"],
    ["f(\n!a,\n)", "a"],
    ["!(async () => {})()"],
    ["!function () {}()"],
    ["!0"],
    ["!f(\n1,\n)", "f"],
    ["!!value", "value"],
    ["![1].includes(2)"],
    ["if (a)\n!b", "a", "b"],
    ["const f = () => {\n!npm install x\n}"],
    ["const broken = ;\n!npm install x"],
    ["a != b; x % y"],
  ])("leave TypeScript alone, right or wrong: %j", async (code, ...before) => {
    expect(await read(code, ...before)).toBeUndefined();
  });
});
