/**
 * A step at the top of a cell that runs before its code is compiled, so `!npm install x` can precede `import … from
 * "x"`.
 */
export type MagicStep =
  | { readonly kind: "shell"; readonly command: string }
  /** Changes the kernel's working directory. */
  | { readonly kind: "cd"; readonly folder: string };

/** A cell that is not entirely TypeScript. */
export type CellMagic =
  | { readonly kind: "error"; readonly sentence: string }
  | {
      readonly kind: "plan";
      readonly steps: readonly MagicStep[];
      /** The remaining code to compile, with as many lines as the cell; empty if there is none. */
      readonly code: string;
      /** Whether to report the elapsed time. */
      readonly isTimed: boolean;
    };

/** What is needed to tell TypeScript from magics. */
export interface CodeKnowledge {
  /** True if the code parses, whether or not it type-checks. */
  parses(code: string): Promise<boolean>;
  /** True if the name that ends at this offset of the cell is defined there. */
  isKnown(code: string, end: number): Promise<boolean>;
}

/** The key of the global function that runs a step within a cell's code. */
const RUN_STEP_KEY = "samlab.magic";
export const RUN_STEP = Symbol.for(RUN_STEP_KEY);

const MAGIC_LINE = /^(?:!|%)/;
/** A one-word command, possibly with options and paths: on its own it is also valid TypeScript. */
const BARE_COMMAND = /^!+\s*([A-Za-z_][\w-]*)((?:\s+[\w./~*-]+)*)\s*$/;
const CONTINUED = /\\\s*$/;

/**
 * Parses IPython syntax: `!command`, `%magic`, `%%magic`. Undefined for plain TypeScript.
 *
 * A line that starts with ! or % can be TypeScript: `!ready && start()`, or the continuation of an expression. It
 * counts as a magic only if the cell up to that line does not parse with it but does without it, or if it is a single
 * word that is undefined in the notebook, such as `!ls`, which would not type-check. A cell that is valid TypeScript is
 * never changed.
 */
export async function readMagics(code: string, known: CodeKnowledge): Promise<CellMagic | undefined> {
  if (!mayHaveMagics(code)) return undefined;
  const whole = readCellMagic(code);
  if (whole) return whole;
  const timed = /^\s*%time[ \t]+(?=\S)/.exec(code);
  const source = code.slice(timed?.[0].length ?? 0);
  const lines = source.split("\n");
  const steps: MagicStep[] = [];
  const kept: string[] = [];
  let isChanged = timed !== null;
  let offset = 0;
  for (let n = 0; n < lines.length; n++) {
    const line = lines[n]!;
    const start = offset;
    offset += line.length + 1;
    const means = (end: number) => known.isKnown(source, start + end);
    if (!MAGIC_LINE.test(line) || !(await isMagic(lines.slice(n), kept, known, means))) {
      kept.push(line);
      continue;
    }
    isChanged = true;
    let command = line;
    let extra = 0;
    while (CONTINUED.test(command) && n + 1 < lines.length) {
      command = `${command.replace(CONTINUED, "")} ${lines[++n]!.trim()}`;
      offset += lines[n]!.length + 1;
      extra++;
    }
    const magic = lineMagic(command.trimEnd());
    if (magic.kind === "error") return magic;
    const isTop = kept.every((text) => text.trim() === "" || text.trim().startsWith("//"));
    if (isTop) steps.push(magic);
    else kept.push(statementOf(magic));
    for (let blank = isTop ? 0 : 1; blank <= extra; blank++) kept.push("");
  }
  if (!isChanged) return undefined;
  const rest = kept.join("\n");
  return { kind: "plan", steps, code: rest.trim() === "" ? "" : rest, isTimed: timed !== null };
}

/** False if no line of the code could be a magic, which is the case for most cells. */
export function mayHaveMagics(code: string): boolean {
  return /^[!%]/m.test(code.trimStart()) || /^\s*[!%]/.test(code);
}

/** Whether the first of `lines`, which follow `before`, is a magic. */
async function isMagic(
  lines: readonly string[],
  before: readonly string[],
  known: CodeKnowledge,
  means: (end: number) => Promise<boolean>,
): Promise<boolean> {
  const line = lines[0]!;
  const bare = BARE_COMMAND.exec(line);
  const above = before.join("\n").trimEnd();
  // If the name is undefined, the line would not type-check.
  if (bare && !(await means(line.indexOf(bare[1]!) + bare[1]!.length))) return known.parses(above);
  // Together with the following lines it may be a multi-line expression.
  if (await known.parses([...before, ...lines].join("\n").trim())) return false;
  return (await known.parses(above)) && !(await known.parses(`${above}\n${line}`.trimStart()));
}

/** `%%magic`, which applies to the whole cell. */
function readCellMagic(code: string): CellMagic | undefined {
  const found = /^\s*%%([\w.-]*)[ \t]*([^\n]*)(?:\n([\s\S]*))?$/.exec(code);
  if (!found) return undefined;
  const [, name = "", rest = "", body = ""] = found;
  if (name === "bash" || name === "sh" || (name === "script" && /^(?:ba|z|da)?sh$/.test(rest.trim()))) {
    const shell = name === "script" ? rest.trim() : name;
    return plan([{ kind: "shell", command: `${shell} -c ${quoted(body)}` }]);
  }
  if (name === "time") return { ...plan([]), code: `\n${body}`, isTimed: true };
  return error(`%%${name}`, cellHints[name]);
}

const plan = (steps: readonly MagicStep[]) => ({ kind: "plan", steps, code: "", isTimed: false }) as const;

function lineMagic(line: string): MagicStep | Extract<CellMagic, { kind: "error" }> {
  if (line.startsWith("!")) {
    const command = line.replace(/^!+\s*/, "");
    if (command === "") return { kind: "error", sentence: "After ! comes a command for the shell, such as !ls." };
    const cd = /^cd(?:\s+(.+))?$/.exec(command);
    // In its own shell, it would have no effect. With other commands, it applies to them.
    return cd && !hasOperator(command) ? { kind: "cd", folder: unquoted(cd[1] ?? "~") } : { kind: "shell", command };
  }
  const [, name = "", rest = ""] = /^%([\w.-]*)\s*(.*)$/.exec(line) ?? [];
  if (name === "cd") return { kind: "cd", folder: unquoted(rest || "~") };
  if (name === "npm" || name === "npx" || name === "sx" || name === "system") {
    return { kind: "shell", command: name.startsWith("np") ? `${name} ${rest}` : rest };
  }
  return error(`%${name}`, lineHints[name]);
}

const python =
  "This kernel runs TypeScript: for npm packages use !npm install, for those of Python !python3 -m pip install.";
const shown = "Charts and pictures show themselves as the last value of a cell or by display(); no setup is needed.";

const lineHints: Readonly<Record<string, string>> = {
  pip: python,
  conda: python,
  mamba: python,
  uv: python,
  matplotlib: shown,
  pylab: shown,
  time: "Write %time before an expression, or %%time in the first line of the cell.",
  timeit: "Use performance.now() before and after a loop, or %%time in the first line of the cell.",
  run: 'Use await import("./file.ts"), or !node file.js.',
  load: "Use import, or readFileSync of node:fs.",
  load_ext: "Extensions of IPython do not work here; use import for npm packages.",
  reload_ext: "Extensions of IPython do not work here; use import for npm packages.",
  autoreload: "Modules that have changed are reloaded by the next import; no setup is needed.",
  env: 'Use process.env, for instance process.env.NAME = "value".',
  set_env: 'Use process.env, for instance process.env.NAME = "value".',
  pwd: "Use process.cwd(), or !pwd.",
  ls: "Use !ls.",
  who: "Type a name and press Tab, or Shift-Tab on it; globalThis holds what is global.",
  whos: "Type a name and press Tab, or Shift-Tab on it; globalThis holds what is global.",
  reset: "Restart the kernel.",
  history: "The history is in the front end: arrow keys in a console.",
  debug: "Use JupyterLab's debugger, or console.log.",
  bash: "Use %%bash in the first line of the cell, or !command.",
};

const cellHints: Readonly<Record<string, string>> = {
  timeit: "Use %%time, or performance.now() before and after a loop.",
  html: 'Use display({ "text/html": `…` }).',
  HTML: 'Use display({ "text/html": `…` }).',
  svg: 'Use display({ "image/svg+xml": `…` }).',
  markdown: 'Use display({ "text/markdown": `…` }).',
  latex: 'Use display({ "text/latex": `…` }).',
  javascript:
    'This kernel runs TypeScript, so JavaScript needs no magic; in the browser it runs by display({ "text/html": `<script>…</script>` }).',
  js: "This kernel runs TypeScript, so JavaScript needs no magic.",
  writefile: 'Use writeFileSync of node:fs: writeFileSync("name", `…`).',
  file: 'Use writeFileSync of node:fs: writeFileSync("name", `…`).',
  python: "This kernel runs TypeScript; a command for Python is !python3 file.py.",
  python3: "This kernel runs TypeScript; a command for Python is !python3 file.py.",
  capture: "Put what the cell makes into a variable.",
};

function error(name: string, hint: string | undefined) {
  const general = "Lines that start with ! go to the shell, and %cd, %time, %%time and %%bash work.";
  return {
    kind: "error",
    sentence: hint ? `${name} does not work in this kernel. ${hint}` : `This kernel has no ${name}. ${general}`,
  } as const;
}

/** The step as a one-line statement that uses no name a cell could shadow. */
function statementOf(step: MagicStep): string {
  return `await Reflect.get(globalThis, Symbol.for("${RUN_STEP_KEY}"))(${JSON.stringify(step)});`;
}

/** True for a command with an operator of the shell outside quotes: `a && b`, `a; b`, `a > b`, `a $(b)`. */
function hasOperator(command: string): boolean {
  return /[;&|<>`]|\$\(/.test(command.replace(/'[^']*'|"[^"]*"/g, ""));
}

function unquoted(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/, "$2");
}

/** Quotes for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
