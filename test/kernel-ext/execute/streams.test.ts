import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { newScope, type Scope } from "../../../kernel-ext/execute/scope.js";
import { OutputStreams } from "../../../kernel-ext/execute/streams.js";
import { fakeRequest } from "../support/requests.js";

describe("output streams", () => {
  let published: [Scope, string, string][];
  let streams: OutputStreams;
  const a = newScope(fakeRequest("execute_request"));
  const b = newScope(fakeRequest("comm_msg"));
  beforeEach(() => {
    published = [];
    streams = new OutputStreams((scope, name, text) => published.push([scope, name, text]));
  });
  afterEach(() => vi.restoreAllMocks());

  it("show the first text at once and gather what follows", () => {
    for (let i = 0; i < 1000; i++) streams.write(a, "stdout", `${i}\n`);
    expect(published).toEqual([[a, "stdout", "0\n"]]);
    streams.flush();
    expect(published).toHaveLength(2);
    expect(published[1]![2].split("\n")).toHaveLength(1000);
  });

  it("keep the order of streams and of requests", () => {
    streams.write(a, "stdout", "1");
    streams.write(a, "stdout", "2");
    streams.write(a, "stderr", "3");
    streams.write(b, "stderr", "4");
    streams.write(a, "stdout", "5");
    streams.flush();
    expect(published).toEqual([
      [a, "stdout", "1"],
      [a, "stdout", "2"],
      [a, "stderr", "3"],
      [b, "stderr", "4"],
      [a, "stdout", "5"],
    ]);
  });

  it("send what they gathered soon, or when it is much, or when the cell takes its time", async () => {
    streams.write(a, "stdout", "first");
    streams.write(a, "stdout", "soon");
    await vi.waitFor(() => expect(published[1]).toEqual([a, "stdout", "soon"]));
    streams.write(a, "stdout", "x".repeat(70_000));
    expect(published).toHaveLength(3);
    streams.write(a, "stdout", "y");
    const now = performance.now();
    vi.spyOn(performance, "now").mockReturnValue(now + 100);
    streams.write(a, "stdout", "z");
    expect(published[3]).toEqual([a, "stdout", "yz"]);
  });

  it("swallow what is silent or belongs to no request", () => {
    streams.write(newScope(fakeRequest("execute_request"), true), "stdout", "silent");
    streams.write(undefined, "stdout", "stray");
    streams.flush();
    expect(published).toEqual([]);
  });
});
