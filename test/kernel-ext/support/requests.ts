import type { JsonObject } from "../../../kernel-ext/comm/comm.js";
import type { Request, Wire } from "../../../kernel-ext/wire/wire.js";

let made = 0;

/** A request as the wire delivers it. */
export function fakeRequest(type: string, content: JsonObject = {}): Request {
  const header = { msg_id: `m${++made}`, session: "s", username: "u", date: "", msg_type: type, version: "5.4" };
  const raw = {
    identities: [],
    header: JSON.stringify(header),
    parent: "{}",
    metadata: "{}",
    content: "",
    buffers: [],
  };
  return { raw, header, parent: {}, metadata: {}, content, buffers: [], channel: "shell" };
}

/** A wire that writes down what it is told to send, as `type: detail`, and lets fences pass when the test says so. */
export function recordingWire(): Wire & { readonly log: string[]; passFences(): void } {
  const log: string[] = [];
  const fences: (() => void)[] = [];
  const short = (content: object) => {
    const { status, ename, code, data } = content as Record<string, unknown>;
    return JSON.stringify(status ?? ename ?? code ?? data);
  };
  return {
    log,
    reply: (request, content) => log.push(`${request.content.code} reply ${short(content)}`),
    publish: (type, _parent, content) => log.push(`${type} ${short(content)}`),
    stream: (_parent, name, text) => log.push(`${name} ${text}`),
    status: (state, request) => log.push(`${request.content.code} ${state}`),
    fence: (passed) => fences.push(passed),
    waitForChild: () => {},
    isInterruptComing: () => false,
    ask: () => ({ answer: new Promise(() => {}), cancel() {} }),
    askSync: () => undefined,
    passFences() {
      for (const passed of fences.splice(0)) passed();
    },
  };
}
