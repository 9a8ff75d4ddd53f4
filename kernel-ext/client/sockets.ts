import * as zmq from "zeromq";
import { decodeFrames, encodeFrames } from "../wire/codec.js";
import { type ConnectionInfo, endpoint } from "../wire/connection.js";
import { type Message, parseMessage, type RawMessage } from "../wire/message.js";
import { SendQueue } from "../wire/send-queue.js";
import { createSigner, type Signer } from "../wire/signature.js";

export type ClientChannel = "shell" | "control" | "stdin";

/** The client side of a kernel's sockets. */
export interface ClientSockets {
  send(channel: ClientChannel, message: RawMessage): void;
  close(): void;
}

/** Undefined for data that is not a message of this kernel: another one may have taken the port. */
function parse(frames: readonly Uint8Array[], signer: Signer): Message | undefined {
  try {
    return parseMessage(decodeFrames(frames, signer));
  } catch {
    return undefined;
  }
}

/**
 * Connects to a kernel that is running or still starting; `receive` is called with every message in the order of its
 * socket. `session` is the identity by which the kernel addresses stdin requests to the client that sent a request.
 */
export function connectSockets(
  info: ConnectionInfo,
  session: string,
  receive: (channel: ClientChannel | "iopub", message: Message) => void,
): ClientSockets {
  const signer = createSigner(info.key, info.signature_scheme);
  const { curve_publickey: curvePublicKey, curve_secretkey: curveSecretKey } = info;
  const security =
    curvePublicKey && curveSecretKey ? { curvePublicKey, curveSecretKey, curveServerKey: curvePublicKey } : {};
  const options = { ...security, linger: 0, sendHighWaterMark: 0, receiveHighWaterMark: 0 };
  const sockets = {
    shell: new zmq.Dealer({ ...options, routingId: session }),
    control: new zmq.Dealer({ ...options, routingId: session }),
    stdin: new zmq.Dealer({ ...options, routingId: session }),
    iopub: new zmq.Subscriber({ ...security, linger: 0, receiveHighWaterMark: 0 }),
  };
  const read = async (channel: ClientChannel | "iopub") => {
    for await (const frames of sockets[channel]) {
      const message = parse(frames, signer);
      if (message) receive(channel, message);
    }
  };
  sockets.iopub.subscribe();
  const ignore = () => {};
  for (const channel of ["shell", "control", "stdin", "iopub"] as const) {
    sockets[channel].connect(endpoint(info, channel));
    void read(channel);
  }
  const queues = {
    shell: new SendQueue(sockets.shell, ignore),
    control: new SendQueue(sockets.control, ignore),
    stdin: new SendQueue(sockets.stdin, ignore),
  };
  return {
    send: (channel, message) => queues[channel].push(encodeFrames(message, signer)),
    close() {
      for (const socket of Object.values(sockets)) socket.close();
    },
  };
}
