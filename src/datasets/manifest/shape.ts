import { appendTo } from "../../core/append-to.js";
import { show } from "../../core/errors.js";

/** The keywords of data-samples/manifest.schema.json that messages are made of. */
interface Schema {
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: object;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly description?: string;
  /** Stands for what would be made of the other keywords; editors show it too. */
  readonly errorMessage?: string;
}

/** What ajv reports, with the value and the schema that it does not follow. */
interface ShapeError {
  readonly keyword: string;
  /** JSON pointer to the value. */
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: { readonly missingProperty?: string; readonly additionalProperty?: string };
  readonly parentSchema: Schema;
  readonly data: unknown;
  /** The key, where that is wrong and not the value. */
  readonly propertyName?: string;
}

/** Something that the schema does not allow. */
export interface ShapeProblem {
  /** Keys and indices from the file down to the value. */
  readonly path: readonly string[];
  /** `undefined` where a field is missing or its name is wrong. */
  readonly value: unknown;
  readonly what: string;
}

/** Everything about a manifest that the published JSON Schema does not allow. */
export async function shapeProblems(json: unknown): Promise<ShapeProblem[]> {
  const { shapeErrors } = await import("./generated/shape-errors.js");
  const kept: ShapeError[] = [];
  for (const error of shapeErrors(json) as ShapeError[]) {
    // Its message repeats that of the key's own error.
    if (error.keyword === "propertyNames") continue;
    const inner: ShapeError[] = [];
    // An `anyOf` follows the errors of its alternatives.
    while (error.keyword === "anyOf" && kept.at(-1)?.schemaPath.startsWith(`${error.schemaPath}/`)) {
      if (!kept.at(-1)!.instancePath.startsWith(error.instancePath)) break;
      inner.unshift(kept.pop()!);
    }
    kept.push(...(nearest(error, inner) ?? [error]));
  }
  return kept.map(problem);
}

/** The errors of the alternative that was probably meant; `null` when the value is like none of them. */
function nearest({ schemaPath, instancePath }: ShapeError, inner: readonly ShapeError[]): readonly ShapeError[] | null {
  const alternatives = new Map<string, ShapeError[]>();
  for (const error of inner) {
    const [name] = error.schemaPath.slice(schemaPath.length + 1).split("/");
    appendTo(alternatives, name, error);
  }
  const meant = [...alternatives.values()].filter((errors) => {
    const own = errors.filter((error) => error.instancePath === instancePath);
    const missing = own.filter(({ keyword }) => keyword === "required");
    const isOther = own.some(({ keyword }) => keyword === "type" || keyword === "enum");
    return !isOther && (missing.length === 0 || missing.length < missing[0].parentSchema.required!.length);
  });
  return meant.sort((a, b) => a.length - b.length)[0] ?? null;
}

function problem({ instancePath, params, parentSchema, data, propertyName }: ShapeError): ShapeProblem {
  const path = instancePath
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const { missingProperty, additionalProperty } = params;
  const { errorMessage = `must be ${expected(parentSchema)}` } = parentSchema;
  if (missingProperty !== undefined) return { path: [...path, missingProperty], value: undefined, what: "is missing" };
  if (propertyName !== undefined) {
    return { path: [...path, propertyName], value: undefined, what: `has a wrong name: it ${errorMessage}` };
  }
  if (additionalProperty === undefined) return { path, value: data, what: errorMessage };
  const fields = Object.keys(parentSchema.properties!).join(", ");
  return {
    path: [...path, additionalProperty],
    value: (data as Readonly<Record<string, unknown>>)[additionalProperty],
    what: `is not a known field; the fields are ${fields}`,
  };
}

function expected(schema: Schema): string {
  if (schema.const !== undefined) return show(schema.const);
  if (schema.enum) return `one of ${schema.enum.join(", ")}`;
  if (schema.anyOf) {
    const all = schema.anyOf.flatMap(({ enum: words, description }) => words ?? [description!]);
    return `${all.slice(0, -1).join(", ")} or ${all.at(-1)}`;
  }
  const { minimum, maximum, exclusiveMinimum } = schema;
  switch (schema.type) {
    case "string":
      return "text";
    case "boolean":
      return "true or false";
    case "integer":
      return `a whole number from ${minimum}`;
    case "number":
      if (exclusiveMinimum !== undefined) return `a number above ${exclusiveMinimum}`;
      return minimum === undefined ? "a number" : `a number from ${minimum} to ${maximum}`;
    default:
      return `an ${schema.type}`;
  }
}
