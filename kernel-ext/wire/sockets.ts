import * as zmq from "zeromq";
import { SamlabError } from "../../src/core/errors.js";
import { type ConnectionInfo, endpoint, SOCKET_NAMES, type SocketName } from "./connection.js";
import { PUBLISHER_OPTIONS } from "./publisher.js";
import { Relay } from "./relay.js";

/** The five sockets of a kernel, and the relay through which subscribers reach iopub. */
export interface KernelSockets {
  readonly shell: zmq.Router;
  readonly control: zmq.Router;
  readonly stdin: zmq.Router;
  readonly iopub: zmq.XPublisher;
  /** A router rather than a reply socket, whose state machine breaks on unexpected messages. */
  readonly hb: zmq.Router;
  readonly relay: Relay;
}

/** A socket that receives messages. */
export type ReceiveSocket = Pick<zmq.Router, "receive" | "closed">;

const ROUTER_OPTIONS = {
  // At exit, a reply waits at most this long for its client.
  linger: 200,
  sendHighWaterMark: 0,
  // A reconnecting client, or a second one of the same session, has the identity of one that is still connected.
  handover: true,
};
/** Larger than any heartbeat. */
const MAX_HEARTBEAT_BYTES = 1 << 20;

/**
 * Binds all five sockets. `progress` is that of {@link Relay}.
 * @throws {SamlabError} `environment` that names the socket, for a port in use
 */
export async function bindSockets(info: ConnectionInfo, progress: () => void): Promise<KernelSockets> {
  const security = curveOptions(info);
  const sockets: KernelSockets = {
    shell: new zmq.Router({ ...security, ...ROUTER_OPTIONS }),
    control: new zmq.Router({ ...security, ...ROUTER_OPTIONS }),
    stdin: new zmq.Router({ ...security, ...ROUTER_OPTIONS }),
    iopub: new zmq.XPublisher({ ...security, ...PUBLISHER_OPTIONS }),
    hb: new zmq.Router({ ...security, ...ROUTER_OPTIONS, maxMessageSize: MAX_HEARTBEAT_BYTES }),
    relay: new Relay(progress),
  };
  const results = await Promise.allSettled(SOCKET_NAMES.map((name) => bind(sockets, info, name)));
  const failed = results.find((result) => result.status === "rejected");
  if (!failed) return sockets;
  closeSockets(sockets);
  sockets.relay.destroy();
  throw failed.reason;
}

/** Closes the sockets; the relay continues until it has forwarded what they sent. */
export function closeSockets(sockets: KernelSockets): void {
  for (const name of SOCKET_NAMES) sockets[name].close();
}

/** Curve keys in the connection file mean that clients must encrypt. */
function curveOptions({ curve_secretkey, curve_publickey }: ConnectionInfo): Partial<zmq.SocketOptions<zmq.Router>> {
  if (curve_secretkey === undefined || curve_publickey === undefined) return {};
  return { curveServer: true, curvePublicKey: curve_publickey, curveSecretKey: curve_secretkey };
}

async function bind(sockets: KernelSockets, info: ConnectionInfo, name: SocketName): Promise<void> {
  const address = endpoint(info, name);
  try {
    if (name === "iopub") await bindPublisher(sockets, info);
    else await sockets[name].bind(address);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "EADDRINUSE" ? "is in use by another program" : `cannot be opened (${message})`;
    throw new SamlabError("environment", `${address} (${name}) ${reason}.`, {
      field: `${name}_port`,
      value: info[`${name}_port`],
      remedy: "Start the kernel again to get other ports.",
      cause: error,
    });
  }
}

async function bindPublisher({ iopub, relay }: KernelSockets, info: ConnectionInfo): Promise<void> {
  await iopub.bind("tcp://127.0.0.1:*");
  await relay.listen(info, Number(iopub.lastEndpoint!.split(":").at(-1)));
}
