/** What a connection file says, see "Connection files" in the jupyter_client documentation. */
export interface ConnectionInfo {
  readonly transport: "tcp" | "ipc";
  readonly ip: string;
  readonly shell_port: number;
  readonly control_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly hb_port: number;
  readonly key: string;
  readonly signature_scheme: string;
}

export type SocketName = "shell" | "control" | "iopub" | "stdin" | "hb";
export const SOCKET_NAMES: readonly SocketName[] = ["shell", "control", "iopub", "stdin", "hb"];

/** Reads the text of a connection file; throws a TypeError that names the field at fault. */
export function parseConnection(text: string): ConnectionInfo {
  const info = JSON.parse(text) as Partial<Record<string, unknown>>;
  const transport = info.transport ?? "tcp";
  if (transport !== "tcp" && transport !== "ipc") {
    throw new TypeError(`connection file: transport must be tcp or ipc, not ${JSON.stringify(transport)}`);
  }
  const port = (name: SocketName): number => {
    const value = info[`${name}_port`];
    if (!Number.isInteger(value)) throw new TypeError(`connection file: ${name}_port must be an integer`);
    return value as number;
  };
  const string = (name: string, fallback: string): string => {
    const value = info[name] ?? fallback;
    if (typeof value !== "string") throw new TypeError(`connection file: ${name} must be a string`);
    return value;
  };
  return {
    transport,
    ip: string("ip", "127.0.0.1"),
    shell_port: port("shell"),
    control_port: port("control"),
    iopub_port: port("iopub"),
    stdin_port: port("stdin"),
    hb_port: port("hb"),
    key: string("key", ""),
    signature_scheme: string("signature_scheme", "hmac-sha256"),
  };
}

/** The zmq address of one socket. With ipc, `ip` is the stem of a file name. */
export function endpoint(info: ConnectionInfo, socket: SocketName): string {
  const port = info[`${socket}_port`];
  return info.transport === "ipc" ? `ipc://${info.ip}-${port}` : `tcp://${info.ip}:${port}`;
}
