import { type AddressInfo, createServer } from "node:net";
import { expect, it } from "vitest";
import { checkPort } from "../../../kernel-ext/setup/serve.js";

it("refuses a port that is in use, and takes it once it is free", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await expect(checkPort(port)).rejects.toMatchObject({
    code: "environment",
    message: `Port ${port} is in use. Choose another with --port, or leave it out and the next free one is taken.`,
  });
  await new Promise((resolve) => server.close(resolve));
  await checkPort(port);
});

it.each([0, -1, 65536, Number.NaN])("refuses %s, which is no port", async (port) => {
  await expect(checkPort(port)).rejects.toMatchObject({ code: "argument-invalid", field: "port" });
});
