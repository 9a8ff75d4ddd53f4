import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { failure, result, sleep, startKernel, written } from "../support/kernel.js";

let kernel: KernelClient;
let folder: string;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "samlab-magics-")));
  mkdirSync(join(folder, "pack"));
  writeFileSync(
    join(folder, "pack", "package.json"),
    JSON.stringify({ name: "pack", version: "1.0.0", main: "m.js", types: "m.d.ts" }),
  );
  writeFileSync(join(folder, "pack", "m.js"), "exports.answer = 42;");
  writeFileSync(join(folder, "pack", "m.d.ts"), "export const answer: number;");
  writeFileSync(join(folder, "package.json"), "{}");
  kernel = await startKernel({ cwd: folder });
});
afterAll(async () => {
  await kernel.shutdown();
  rmSync(folder, { recursive: true, force: true });
});

/** True while a process of this number is there. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a line for the shell", () => {
  it("runs in the notebook's folder, its streams under the cell", async () => {
    const ran = await kernel.execute("!pwd; echo 'ä | b' >&2");
    expect([written(ran), written(ran, "stderr"), ran.reply.status]).toEqual([`${folder}\n`, "ä | b\n", "ok"]);
  });

  it("that fails is an error that names the code, and what follows is not run", async () => {
    const ran = await kernel.execute("!sh -c 'exit 3'\n!echo no\nconsole.log('no')");
    expect(failure(ran)?.evalue).toBe("!sh -c 'exit 3' ended with exit code 3.");
    expect(written(ran)).toBe("");
    expect(failure(await kernel.execute("!nosuchcommand -x"))?.evalue).toMatch(
      /exit code 127\. The shell does not know/,
    );
    expect(failure(await kernel.execute("const before = 1;\n!sh -c 'exit 4'\nconsole.log('no')"))?.evalue).toContain(
      "exit code 4",
    );
    expect(result(await kernel.execute("before"))).toBe("1");
  });

  it("installs a package that the same cell imports", async () => {
    const cell = `!npm install ./pack --no-audit --no-fund --offline\nimport { answer } from "pack";\nanswer`;
    expect(result(await kernel.execute(cell))).toBe("42");
  });

  it("keeps its place among the code, and lets a name of the notebook be", async () => {
    const ran = await kernel.execute("console.log('a');\n!echo b\nconsole.log('c');");
    expect(written(ran)).toBe("a\nb\nc\n");
    await kernel.execute("const ls = false;");
    expect(result(await kernel.execute("!ls"))).toBe("true");
  });

  it("is shown as it comes, and ends with an interrupt, also what it has started", async () => {
    let pid = 0;
    const running = kernel.execute("!sleep 60 & echo $!; wait", {
      onOutput: (output) => {
        pid ||= output.output_type === "stream" ? Number(output.text) : 0;
      },
    });
    await expect.poll(() => pid).toBeGreaterThan(0);
    expect(lives(pid)).toBe(true);
    await kernel.interrupt();
    expect(failure(await running)?.ename).toBe("Interrupted");
    await expect.poll(() => lives(pid)).toBe(false);
    expect(result(await kernel.execute("1"))).toBe("1");
  });

  it("ends with the kernel", async () => {
    await using other = Object.assign(await startKernel({ cwd: folder }), {
      [Symbol.asyncDispose]: async () => {},
    });
    let pid = 0;
    other
      .execute("!echo $$; exec sleep 60", {
        onOutput: (output) => {
          pid ||= output.output_type === "stream" ? Number(output.text) : 0;
        },
      })
      .catch(() => {});
    await expect.poll(() => pid).toBeGreaterThan(0);
    await other.shutdown();
    await sleep(50);
    await expect.poll(() => lives(pid)).toBe(false);
  });
});

describe("a magic", () => {
  it("times a cell, runs a script, changes the folder, or says what to use instead", async () => {
    expect(written(await kernel.execute("%%time\nawait new Promise((done) => setTimeout(done, 30));"))).toMatch(
      /^Wall time: [\d.]+ ms\n$/,
    );
    expect(written(await kernel.execute("%%bash\nfor n in 1 2; do\n  echo $n\ndone"))).toBe("1\n2\n");
    expect(written(await kernel.execute("%cd pack\n!pwd"))).toBe(`${join(folder, "pack")}\n`.repeat(2));
    await kernel.execute("%cd ..");
    const nowhere = join(folder, "nowhere");
    expect(written(await kernel.execute("!cd pack && pwd"))).toBe(`${join(folder, "pack")}\n`);
    expect(written(await kernel.execute("const inPack = 1;\n!cd pack\n!pwd"))).toBe(
      `${join(folder, "pack")}\n`.repeat(2),
    );
    await kernel.execute("const back = 1;\n%cd ..");
    expect(failure(await kernel.execute("const there = 1;\n%cd nowhere"))?.evalue).toMatch(/There is no folder/);
    expect(failure(await kernel.execute("%cd nowhere"))?.evalue).toMatch(
      `There is no folder ${nowhere}. Check the path`,
    );
    expect(failure(await kernel.execute("%pip install numpy"))).toMatchObject({
      ename: "SamlabError",
      evalue: expect.stringMatching(/^%pip does not work in this kernel\. .*!npm install/),
    });
  });

  it("is complete in a console, and the code beside it counts", async () => {
    const status = async (code: string) =>
      (await kernel.request("shell", "is_complete_request", { code })).content.status;
    expect(await status("!npm install x")).toBe("complete");
    expect(await status("%pip install x")).toBe("complete");
    expect(await status("!npm install x\nfunction f() {")).toBe("incomplete");
    expect(await status("!npm install x\nf();")).toBe("complete");
  });
});
