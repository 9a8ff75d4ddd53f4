import type { Runtime } from "node:inspector";

/** Maximum length of a displayed string. */
const MAX_TEXT = 2_000;

/** A value on one line, as source code. */
export function valueText(value: Runtime.RemoteObject): string {
  switch (value.type) {
    case "string":
      return quoted(String(value.value));
    case "undefined":
      return "undefined";
    case "function":
      return functionText(value.description ?? "");
    case "object":
      if (value.subtype === "null") return "null";
      return value.preview ? previewText(value.preview) : (value.description ?? "").split("\n")[0]!;
    default:
      return value.description ?? value.unserializableValue ?? String(value.value);
  }
}

/** The type of a value: `number`, `Map`, `Float32Array` … */
export function typeText({ type, subtype, className }: Runtime.RemoteObject): string {
  if (subtype === "null") return "null";
  return type === "object" ? (className ?? type) : type;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
}

function functionText(source: string): string {
  const line = source.split("\n")[0]!.trim();
  if (line.startsWith("class")) return line.replace(/\s*\{.*$/, "");
  const arrow = /^(async\s+)?(\([^)]*\)|[\w$]+)\s*=>/.exec(line);
  if (arrow) return `ƒ ${arrow[1] ?? ""}${arrow[2]}`;
  return `ƒ ${line.replace(/\s*\{.*$/, "").replace(/^(async\s+)?function\s*/, "$1")}`;
}

function previewText(preview: Runtime.ObjectPreview): string {
  const { subtype, description = "", properties, overflow, entries } = preview;
  const more = overflow ? ["…"] : [];
  if (subtype === "array" || subtype === "typedarray") {
    return `${description} [${[...properties.filter(isElement).map(propertyText), ...more].join(", ")}]`;
  }
  if (entries) {
    const texts = entries.map(({ key, value }) => (key ? `${partText(key)} → ${partText(value)}` : partText(value)));
    return `${description} {${[...texts, ...more].join(", ")}}`;
  }
  if (subtype !== undefined) return description.split("\n")[0]!;
  const texts = properties.map((each) => `${each.name}: ${propertyText(each)}`);
  const name = description === "Object" ? "" : `${description} `;
  return `${name}{${[...texts, ...more].join(", ")}}`;
}

function isElement({ name }: Runtime.PropertyPreview): boolean {
  return /^\d+$/.test(name);
}

function propertyText({ type, value, subtype, valuePreview }: Runtime.PropertyPreview): string {
  if (valuePreview) return partText(valuePreview);
  if (type === "string") return JSON.stringify(value ?? "");
  if (type === "function") return "ƒ";
  if (type === "accessor") return "(getter)";
  if (type === "object" && subtype === undefined) return value === "Object" ? "{…}" : (value ?? "{…}");
  return value ?? type;
}

function partText({ type, description = "", subtype }: Runtime.ObjectPreview): string {
  if (type === "string") return JSON.stringify(description);
  if (type === "object" && subtype === undefined && description === "Object") return "{…}";
  return description;
}
