import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Inbox } from "../../../kernel-ext/wire/inbox.js";
import { createSigner } from "../../../kernel-ext/wire/signature.js";
import { warn } from "../../../kernel-ext/wire/warn.js";
import { fromBase64, golden } from "../support/golden.js";

vi.mock("../../../kernel-ext/wire/warn.js", async (original) => ({
  ...(await original<typeof import("../../../kernel-ext/wire/warn.js")>()),
  warn: vi.fn(),
}));

const signed = golden.signed.map(fromBase64);

describe("the inbox", () => {
  let inbox: Inbox;
  beforeEach(() => {
    inbox = new Inbox(createSigner(golden.key, "hmac-sha256"));
  });
  afterEach(() => vi.clearAllMocks());

  it("lets a genuine message in once", () => {
    expect(inbox.accept(signed)?.header.msg_type).toBe("comm_msg");
    expect(warn).not.toHaveBeenCalled();
  });

  it("drops a replay with a warning", () => {
    inbox.accept(signed);
    expect(inbox.accept(signed)).toBeUndefined();
    expect(warn).toHaveBeenCalledWith("dropped a message: it was seen before");
  });

  it("drops garbage with a warning", () => {
    expect(inbox.accept([new Uint8Array([1, 2, 3])])).toBeUndefined();
    expect(warn).toHaveBeenCalledWith("dropped a message: no <IDS|MSG> delimiter");
  });

  it("lets equal messages in when the connection has no key to tell them apart", () => {
    const open = new Inbox(createSigner("", "hmac-sha256"));
    const unsigned = golden.unsigned.map(fromBase64);
    expect(open.accept(unsigned)).toBeDefined();
    expect(open.accept(unsigned)).toBeDefined();
  });
});
