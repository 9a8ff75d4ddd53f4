import * as zmq from "zeromq";
import { type ConnectionInfo, endpoint, SOCKET_NAMES, type SocketName } from "./connection.js";
import { PUBLISHER_OPTIONS } from "./publisher.js";

/** The five sockets of a kernel. */
export interface KernelSockets {
  readonly shell: zmq.Router;
  readonly control: zmq.Router;
  readonly stdin: zmq.Router;
  readonly iopub: zmq.XPublisher;
  readonly hb: zmq.Reply;
}

// A reply waits at most this long for its client when the process ends.
const LINGER = { linger: 200, sendHighWaterMark: 0 };

/** Binds all five sockets; the error of a port in use says which one, in one line. */
export async function bindSockets(info: ConnectionInfo): Promise<KernelSockets> {
  const sockets: KernelSockets = {
    shell: new zmq.Router(LINGER),
    control: new zmq.Router(LINGER),
    stdin: new zmq.Router(LINGER),
    iopub: new zmq.XPublisher(PUBLISHER_OPTIONS),
    hb: new zmq.Reply(LINGER),
  };
  const results = await Promise.allSettled(SOCKET_NAMES.map((name) => bind(sockets[name], info, name)));
  const failed = results.find((result) => result.status === "rejected");
  if (!failed) return sockets;
  closeSockets(sockets);
  throw failed.reason;
}

export function closeSockets(sockets: KernelSockets): void {
  for (const name of SOCKET_NAMES) sockets[name].close();
}

async function bind(socket: zmq.Socket, info: ConnectionInfo, name: SocketName): Promise<void> {
  try {
    await socket.bind(endpoint(info, name));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "EADDRINUSE" ? "is in use by another program" : `cannot be opened (${message})`;
    throw new Error(`${endpoint(info, name)} (${name}) ${reason}. Start the kernel again to get other ports.`);
  }
}
