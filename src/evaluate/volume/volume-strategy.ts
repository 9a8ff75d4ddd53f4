import { didYouMean } from "../../core/did-you-mean.js";
import { SamlabError, show } from "../../core/errors.js";
import { type PropagationRule, propagationRules } from "../../volume/types.js";

const kinds = ["box", "click", "box3d", "boxes"] as const;

/** How an object is prompted and propagated in a volume. The name defines it completely. */
export interface VolumeStrategy {
  /** As {@link parseVolumeStrategy} takes it, including the rule. */
  readonly name: string;
  /**
   * From the truth: `box` the tight box on the middle slice, `click` a click there, `box3d` the box around the whole
   * object on that slice, `boxes` the tight box on each slice.
   */
  readonly kind: (typeof kinds)[number];
  /** How often the worst slice is replaced by the truth and the object is propagated again. */
  readonly corrections: number;
  readonly rule: PropagationRule;
  /** Whether shapes are interpolated between corrected slices. */
  readonly isInterpolated: boolean;
  /** Whether only the largest part of the result is kept, with its holes filled. */
  readonly isCleaned: boolean;
  /** Whether the object's first and last slice are given, and the object is propagated up to them. */
  readonly isRangeTold: boolean;
}

/**
 * The names that {@link parseVolumeStrategy} accepts, with their meanings, for messages, help texts, and
 * documentation.
 */
export const volumeStrategyNames: Readonly<Record<string, string>> = {
  "propagate:box": "one tight box, on the slice in the object's middle",
  "propagate:click": "one click there, in the object's deepest pixel",
  "propagate:box3d": "the box around the whole object, on that slice; its first and last slice are given",
  "propagate:boxes": "a tight box on every slice, as a reference for propagation",
  "propagate:box+corrections:N": "then N times the slice that is most wrong is put right (also click+corrections:N)",
};

/** Modifiers after the name. */
export const volumeModifiers = `,RULE (default samlab; ${propagationRules.join(", ")}), ,range (first and last slice are given), ,interpolate (between corrected slices) and ,clean (largest part, holes filled)`;

const mostCorrections = 100;

/**
 * Parses a strategy's name, such as `propagate:box`, `propagate:click,laptop` or `propagate:box+corrections:3,range`.
 * @throws {SamlabError} `argument-invalid` naming the invalid part and all names
 */
export function parseVolumeStrategy(text: string): VolumeStrategy {
  const [head = "", ...modifiers] = text.split(",").map((part) => part.trim());
  const [, kindName = "", count] = /^propagate:([a-z0-9]+)(?:\+corrections:(\d+))?$/.exec(head) ?? [];
  const kind = kinds.find((name) => name === kindName);
  if (!kind)
    throw notUnderstood(
      text,
      head,
      didYouMean(
        `propagate:${head.replace(/^propagate:?/, "")}`,
        kinds.map((name) => `propagate:${name}`),
      ),
    );
  const corrections = count === undefined ? 0 : Number(count);
  if (count !== undefined && !(corrections >= 1 && corrections <= mostCorrections)) throw notUnderstood(text, count);
  if (corrections > 0 && kind === "boxes")
    throw notUnderstood(text, "+corrections", "Every slice has a prompt already.");
  const given = new Set(modifiers);
  const rules = propagationRules.filter((rule) => given.delete(rule));
  const isRangeTold = given.delete("range") || kind === "box3d" || kind === "boxes";
  const isInterpolated = corrections > 1 && given.delete("interpolate");
  const isCleaned = given.delete("clean");
  const [unused] = [...given, ...rules.slice(1)];
  if (unused !== undefined || modifiers.length !== new Set(modifiers).size) {
    throw notUnderstood(text, unused ?? modifiers.find((one, n) => modifiers.indexOf(one) !== n)!);
  }
  const rule = rules[0] ?? "samlab";
  const isSaid = isRangeTold && (kind === "box" || kind === "click");
  const name = [head, rule, isSaid && "range", isInterpolated && "interpolate", isCleaned && "clean"]
    .filter(Boolean)
    .join(",");
  return { name, kind, corrections, rule, isRangeTold, isInterpolated, isCleaned };
}

function notUnderstood(text: string, part: string, why = ""): SamlabError {
  const where = part === text ? "" : ` in ${show(text)}`;
  const known = Object.entries(volumeStrategyNames).map(([name, meaning]) => `${name} (${meaning})`);
  return new SamlabError(
    "argument-invalid",
    `${show(part)}${where} is not a way to prompt a volume. ${why.trim()}`.trim(),
    {
      field: "volume",
      value: text,
      remedy: `Use ${known.join("; ")}. After it: ${volumeModifiers}.`,
    },
  );
}
