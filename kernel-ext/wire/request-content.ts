import type { JsonObject } from "../comm/comm.js";

type Kind = "text" | "a whole number" | "true or false" | "an object";

interface Fields {
  readonly required?: Readonly<Record<string, Kind>>;
  readonly optional?: Readonly<Record<string, Kind>>;
}

const COMM: Fields = { required: { comm_id: "text" }, optional: { data: "an object" } };
const CODE_AT_CURSOR: Fields = { required: { code: "text" }, optional: { cursor_pos: "a whole number" } };

/** The fields that the kernel reads; others are not checked. */
const FIELDS: Readonly<Record<string, Fields>> = {
  execute_request: {
    required: { code: "text" },
    optional: {
      silent: "true or false",
      store_history: "true or false",
      user_expressions: "an object",
      allow_stdin: "true or false",
      stop_on_error: "true or false",
    },
  },
  complete_request: CODE_AT_CURSOR,
  inspect_request: CODE_AT_CURSOR,
  is_complete_request: { required: { code: "text" } },
  comm_info_request: { optional: { target_name: "text" } },
  comm_open: { required: { comm_id: "text", target_name: "text" }, optional: { data: "an object" } },
  comm_msg: COMM,
  comm_close: COMM,
};

/** The problem with a message's content, in one sentence that names the field; undefined if it is valid. */
export function wrongContent(type: string, content: JsonObject): string | undefined {
  const { required = {}, optional = {} } = FIELDS[type] ?? {};
  for (const [name, kind] of Object.entries({ ...required, ...optional })) {
    const value = content[name];
    // Front ends send null for omitted fields.
    if (value == null && name in optional) continue;
    if (isOfKind(value, kind)) continue;
    const found = value === undefined ? "is missing" : `is ${JSON.stringify(value).slice(0, 40)}`;
    return `${type}: content.${name} ${found}; it must be ${kind}`;
  }
  return undefined;
}

function isOfKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "a whole number":
      return Number.isInteger(value);
    case "true or false":
      return typeof value === "boolean";
    case "an object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
  }
}
