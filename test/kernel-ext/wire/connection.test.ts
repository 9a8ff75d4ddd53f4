import { describe, expect, it } from "vitest";
import { endpoint, parseConnection } from "../../../kernel-ext/wire/connection.js";

const file = { shell_port: 1, control_port: 2, iopub_port: 3, stdin_port: 4, hb_port: 5 };

describe("a connection file", () => {
  it("may leave out what has a default", () => {
    expect(parseConnection(JSON.stringify(file))).toEqual({
      ...file,
      transport: "tcp",
      ip: "127.0.0.1",
      key: "",
      signature_scheme: "hmac-sha256",
    });
  });

  it("gives the addresses of tcp and ipc", () => {
    expect(endpoint(parseConnection(JSON.stringify(file)), "iopub")).toBe("tcp://127.0.0.1:3");
    const ipc = parseConnection(JSON.stringify({ ...file, transport: "ipc", ip: "/run/k" }));
    expect(endpoint(ipc, "hb")).toBe("ipc:///run/k-5");
  });

  it.each([
    [{ ...file, hb_port: "5" }, "hb_port must be an integer"],
    [{ ...file, transport: "udp" }, 'transport must be tcp or ipc, not "udp"'],
    [{ ...file, key: 7 }, "key must be a string"],
  ])("with a wrong field is refused by its name", (content, message) => {
    expect(() => parseConnection(JSON.stringify(content))).toThrow(message);
  });
});
