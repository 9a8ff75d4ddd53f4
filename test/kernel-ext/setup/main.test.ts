import { expect, it, vi } from "vitest";
import { main } from "../../../kernel-ext/setup/main.js";
import { root } from "../support/kernel.js";

it.each([
  [["start", "--no-browsr"], /no option --no-browsr\. Did you mean --no-browser\?/],
  [["start", "--port", "abc"], /--port needs a number, not "abc"/],
  [["start", "--port", "70000"], /--port 70000 is not a port number\. Give a whole number from 1 to 65535/],
  [["start", "--notebook", "notebooks/volume.ipynb"], /no notebook notebooks\/volume\.ipynb\. Give a path/],
  [["start", "notebooks/volumes.ipynb"], /npm start does not know what to do with "notebooks\/volumes\.ipynb"/],
  [["setup", "--cude"], /no option --cude\. Did you mean --cuda\?/],
])("says what is wrong before it sets anything up: %j", async (args, message) => {
  const err = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const widgets = Promise.reject(new Error("set up"));
  widgets.catch(() => {});
  try {
    expect(await main(root, args, widgets)).toBe(1);
    expect(err.mock.calls.join("")).toMatch(message);
  } finally {
    err.mockRestore();
  }
});
