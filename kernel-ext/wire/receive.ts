import { messageOf } from "../../src/core/errors.js";
import type { ReceiveSocket } from "./sockets.js";
import { warn } from "./warn.js";

const PAUSE_MS = 20;

/**
 * Passes every message of a socket to `handle` until the socket is closed. Invalid data from a peer does not end it:
 * zeromq announces a message even if there is only garbage, and then fails to receive it.
 */
export async function receiveAll(
  socket: ReceiveSocket,
  handle: (frames: Uint8Array[]) => void | Promise<void>,
): Promise<void> {
  while (!socket.closed) {
    let frames: Uint8Array[];
    try {
      frames = await socket.receive();
    } catch (error) {
      if (socket.closed) return;
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") warn(`could not receive a message: ${messageOf(error)}`);
      // Without a pause, a socket that keeps failing would starve the others.
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      continue;
    }
    try {
      await handle(frames);
    } catch (error) {
      warn(`could not handle a message: ${messageOf(error)}`);
    }
  }
}
