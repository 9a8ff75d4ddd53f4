import { getHashes } from "node:crypto";

/** Content of a connection file, see "Connection files" in the jupyter_client documentation. */
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
  /** CurveZMQ keys in Z85; both or none. Clients encrypt with the same pair. */
  readonly curve_publickey?: string;
  readonly curve_secretkey?: string;
}

export type SocketName = "shell" | "control" | "iopub" | "stdin" | "hb";
export const SOCKET_NAMES: readonly SocketName[] = ["shell", "control", "iopub", "stdin", "hb"];

/** Parses a connection file. @throws {TypeError} that names the invalid field */
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
    signature_scheme: signatureScheme(string("signature_scheme", "hmac-sha256")),
    ...curveKeys(info),
  };
}

function signatureScheme(scheme: string): string {
  if (getHashes().includes(scheme.replace(/^hmac-/, ""))) return scheme;
  throw new TypeError(`connection file: signature_scheme ${JSON.stringify(scheme)} is not known; hmac-sha256 is usual`);
}

function curveKeys({
  curve_publickey,
  curve_secretkey,
}: Partial<Record<string, unknown>>): Pick<ConnectionInfo, "curve_publickey" | "curve_secretkey"> {
  if (curve_publickey == null && curve_secretkey == null) return {};
  return {
    curve_publickey: curveKey("curve_publickey", curve_publickey),
    curve_secretkey: curveKey("curve_secretkey", curve_secretkey),
  };
}

/** Forty characters of Z85 encode the 32 bytes of a key. Errors do not include the value: it may be a secret. */
function curveKey(name: string, value: unknown): string {
  if (typeof value === "string" && /^[0-9A-Za-z.\-:+=^!/*?&<>()[\]{}@%$#]{40}$/.test(value)) return value;
  throw new TypeError(`connection file: ${name} must be a key of CurveZMQ, 40 characters of Z85`);
}

/** The zmq address of one socket. For ipc, `ip` is the prefix of a file name. */
export function endpoint(info: ConnectionInfo, socket: SocketName): string {
  const port = info[`${socket}_port`];
  return info.transport === "ipc" ? `ipc://${info.ip}-${port}` : `tcp://${info.ip}:${port}`;
}
