import type { Page } from "playwright-core";

/**
 * Breaks the page's connection to its kernel as a network that is gone does: from the next message to the kernel on,
 * what is sent by either side is lost, without an error.
 * @returns what lets the browser find out, after which JupyterLab restores the connection
 */
export async function breakConnection(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(`(() => {
    const { send } = WebSocket.prototype;
    const silent = new Set();
    WebSocket.prototype.send = function () {
      silent.add(this);
      this.onmessage = () => {};
    };
    window.findOut = () => {
      WebSocket.prototype.send = send;
      for (const socket of silent) socket.close();
    };
  })()`);
  return () => page.evaluate("window.findOut()");
}
