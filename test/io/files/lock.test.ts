import { spawn } from "node:child_process";
import { getEventListeners } from "node:events";
import { appendFile, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { lockFile } from "../../../src/io/files/lock.js";
import { temporaryFolders } from "../../support/temporary.js";
import { failure } from "../helpers.js";

const folder = temporaryFolders();
const newFile = async () => join(await folder(), "store.ndjson");

/** Lets a minute pass in a moment, with a task after each second. */
async function passing<T>(work: Promise<T>, eachSecond: () => unknown = () => {}): Promise<T> {
  let isOver = false;
  const ended = work.finally(() => {
    isOver = true;
  });
  ended.catch(() => undefined);
  while (!isOver) {
    await vi.advanceTimersByTimeAsync(1000);
    await eachSecond();
    // For the file system.
    await new Promise(setImmediate);
  }
  return ended;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a lock", () => {
  it("is held by one run at a time, and is gone after it", async () => {
    const path = await newFile();
    const lock = await lockFile(path);
    await lock.check();
    const { message } = await failure(lockFile(path), "state-order");
    expect(message).toMatch(/another run of this process/);
    expect(message).not.toMatch(/delete/);
    await lock.release();
    await expect(readFile(`${path}.lock`)).rejects.toThrow("ENOENT");
    await (await lockFile(path)).release();
  });

  it("of a process that has ended is taken over, with a note", async () => {
    const path = await newFile();
    const child = spawn(process.execPath, ["-e", ""]);
    await new Promise((resolve) => child.once("exit", resolve));
    const first = await lockFile(path);
    const mine = JSON.parse((await readFile(`${path}.lock`, "utf8")).split("\n")[0]!);
    await first.release();
    await writeFile(`${path}.lock`, JSON.stringify({ ...mine, id: "a", pid: child.pid }));
    const lock = await lockFile(path);
    expect(lock.note).toContain(`Took over the lock of process ${child.pid} that has ended`);
    await lock.release();
  });

  it("whose holder has not yet written its name is left alone, until that was evidently cut off", async () => {
    const path = await newFile();
    await writeFile(`${path}.lock`, "");
    expect((await failure(lockFile(path), "state-order")).message).toMatch(/just starting/);
    const before = new Date(Date.now() - 60_000);
    await utimes(`${path}.lock`, before, before);
    const lock = await lockFile(path);
    expect(lock.note).toContain("Took over the lock of a process that was cut off");
    await lock.release();
  });

  it("of another machine is taken over after a minute without a sign of life", async () => {
    const path = await newFile();
    const elsewhere = { id: "a", pid: process.pid, host: "elsewhere", machine: "other", began: "1" };
    await writeFile(`${path}.lock`, `${JSON.stringify(elsewhere)}\n`);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    const notes: string[] = [];
    const report = (note: string) => notes.push(note);
    let seconds = 0;
    const beat = () => ++seconds % 5 === 0 && appendFile(`${path}.lock`, ".");
    const { message } = await failure(passing(lockFile(path, { report }), beat), "state-order");
    expect(message).toMatch(/process \d+ on elsewhere/);
    expect(notes.join()).toMatch(/Waiting up to 60 s/);
    const lock = await passing(lockFile(path));
    expect(lock.note).toMatch(/Took over the lock of process \d+ on elsewhere/);
    // Its own signs of life.
    const size = async () => (await readFile(`${path}.lock`)).length;
    const before = await size();
    await vi.advanceTimersByTimeAsync(5000);
    await vi.waitUntil(async () => (await size()) > before);
    await writeFile(`${path}.lock`, JSON.stringify({ ...elsewhere, id: "b" }));
    expect((await failure(lock.check(), "state-order")).message).toMatch(/on elsewhere/);
    await lock.release();
    expect(await size()).toBeGreaterThan(0);
  });

  it("that was taken over and released while its holder slept is not its holder's any more", async () => {
    const path = await newFile();
    const lock = await lockFile(path);
    await rm(`${path}.lock`);
    await failure(lock.check(), "state-order");
    await lock.release();
  });

  it("of another machine that is released meanwhile is free", async () => {
    const path = await newFile();
    const elsewhere = { id: "a", pid: 1, host: "elsewhere", machine: "other", began: "1" };
    await writeFile(`${path}.lock`, `${JSON.stringify(elsewhere)}\n`);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    let seconds = 0;
    const lock = await passing(lockFile(path), () => ++seconds === 3 && rm(`${path}.lock`));
    expect(lock.note).toBe("");
    await lock.release();
  });

  it("leaves nothing on the signal that it was given", async () => {
    const { signal } = new AbortController();
    const path = await newFile();
    for (let n = 0; n < 12; n++) await (await lockFile(path, { signal })).release();
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("of a run whose code was cut off by an interrupt is released", async () => {
    const path = await newFile();
    const controller = new AbortController();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    const lock = await lockFile(path, { signal: controller.signal });
    controller.abort();
    const next = await passing(lockFile(path));
    await failure(lock.check(), "canceled");
    await lock.release();
    await next.check();
    await next.release();
  });
});
