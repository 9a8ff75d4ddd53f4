import { SamlabError, show } from "../../core/errors.js";
import type { PromptStrategy } from "../types.js";
import { boxStrategy } from "./box.js";
import { clicksStrategy } from "./clicks.js";
import { everythingStrategy } from "./everything.js";
import { mazurowskiClicks, mazurowskiModes, mazurowskiStrategy } from "./mazurowski.js";
import { noneStrategy } from "./none.js";
import type { PointChoice } from "./point-choice.js";
import { boxAndPointsStrategy, type PointCounts, type PointPlacing, pointsStrategy } from "./points.js";
import { scribbleStrategy } from "./scribbles.js";
import { szuModes, szuStrategy } from "./szu.js";

/** The names that {@link parseStrategy} accepts, with their meanings, for messages, help texts, and documentation. */
export const strategyNames: Readonly<Record<string, string>> = {
  box: "the tight box of the truth",
  "box:jitter=N": "each edge moved by up to N pixels",
  "points:P": "P points inside",
  "points:P+N": "and N outside, in the doubled box",
  "box+points:P": "both in one prompt; also box:jitter=N+points:P+N",
  "points:P,shift=N": "each point moved by up to N pixels; also of box+points",
  "points:P,reversed": "the points in reverse order; also of box+points",
  "clicks:N": "N clicks, each where the answer is most wrong",
  "clicks:N,feedback": "the same, with the last logits as mask prompt",
  scribble: "a line along the object's skeleton; points along it for models without lines",
  "scribble:N": "N such lines",
  everything: "SAM's automatic masks, matched to the truth by Dice",
  none: "no prompt: the classes that the model was trained on, matched by name",
  "szu:S1 … szu:S6": "SAM-SZU's strategies; szu:S4,six-points with the sixth point of its code",
  "mazurowski:1 … mazurowski:5": "Mazurowski's modes",
  "mazurowski:clicks": "Mazurowski's nine clicks",
};

const choices: readonly PointChoice[] = ["deepest", "centroid", "random"];
/** Upper limits; larger numbers are probably typos. */
const [mostPoints, mostJitter, mostDraws, mostLines] = [1000, 10000, 1000, 100];
const mazurowskiClickCount = 9;

/**
 * Parses a strategy's name. Modifiers may follow, separated by commas: how points are chosen (`deepest`, the default;
 * `centroid`; `random`), how they are given (`shift=N`, `reversed`), for clicks `feedback`, and for random boxes,
 * points, and lines `draw=K`, another random draw.
 * @throws {SamlabError} `argument-invalid` naming the invalid part and all names
 */
export function parseStrategy(text: string): PromptStrategy {
  const [head, ...modifiers] = text.split(",").map((part) => part.trim());
  const reading: Reading = { text, modifiers: new Set(modifiers) };
  if (reading.modifiers.size !== modifiers.length) {
    throw notUnderstood(text, modifiers.find((modifier, n) => modifiers.indexOf(modifier) !== n)!, "It occurs twice.");
  }
  const strategy = readHead(head, reading);
  const [unused] = reading.modifiers;
  if (unused !== undefined) throw notUnderstood(text, unused, `It does not go with ${head}.`);
  return strategy;
}

/** A name being parsed. Modifiers that were used are removed from `modifiers`. */
interface Reading {
  readonly text: string;
  readonly modifiers: Set<string>;
}

function readHead(head: string, reading: Reading): PromptStrategy {
  const [family, rest] = split(head, ":");
  if (head === "everything") return everythingStrategy(head);
  if (head === "none") return noneStrategy(head);
  if (family === "scribble") {
    const lines = head === "scribble" ? 1 : count(rest, reading, 1, mostLines);
    return scribbleStrategy(nameOf(lines === 1 ? "scribble" : `scribble:${lines}`, takeDraw(reading, true)), lines);
  }
  if (family === "szu") {
    const mode = szuModes.find((name) => name === rest);
    if (!mode) throw notUnderstood(reading.text, head, `SAM-SZU's strategies are ${szuModes.join(", ")}.`);
    const sixPoints = mode === "S4" && reading.modifiers.delete("six-points");
    return szuStrategy(nameOf(head, sixPoints && "six-points"), mode, { sixPoints });
  }
  if (family === "mazurowski") {
    if (rest === "clicks") return mazurowskiClicks(head, mazurowskiClickCount);
    const mode = mazurowskiModes.find((name) => name === rest);
    if (!mode) throw notUnderstood(reading.text, head, `Mazurowski's are ${mazurowskiModes.join(", ")} and clicks.`);
    return mazurowskiStrategy(head, mode);
  }
  if (family === "clicks") {
    const clicks = count(rest, reading, 1, mostPoints);
    const choice = takeChoice(reading);
    const feedback = reading.modifiers.delete("feedback");
    return clicksStrategy(nameOf(`clicks:${clicks}`, choice, feedback && "feedback"), { clicks, feedback, choice });
  }
  return readBoxAndPoints(head, reading);
}

/** `box`, `points:P+N`, or both joined by a plus. */
function readBoxAndPoints(head: string, reading: Reading): PromptStrategy {
  const box = /^box(?::jitter=([^+]*))?(?:\+points:(.*))?$/.exec(head);
  const points = box ? box[2] : /^points:(.*)$/.exec(head)?.[1];
  if (!box && points === undefined) throw notUnderstood(reading.text, head);
  const jitter = count(box?.[1] ?? "0", reading, 0, mostJitter);
  const boxName = jitter === 0 ? "box" : `box:jitter=${jitter}`;
  if (points === undefined) return boxStrategy(nameOf(boxName, takeDraw(reading, jitter > 0)), jitter);
  const [positive, negative] = split(points, "+");
  const counts: PointCounts = {
    positive: count(positive, reading, 1, mostPoints),
    negative: points.includes("+") ? count(negative, reading, 0, mostPoints) : 0,
  };
  const placing: PointPlacing = {
    choice: takeChoice(reading),
    shift: takeNumber(reading, "shift", 0, mostJitter),
    isReversed: reading.modifiers.delete("reversed"),
  };
  const { choice, shift, isReversed } = placing;
  const draw = takeDraw(reading, jitter > 0 || shift > 0 || choice === "random");
  const modifiers = [choice, shift > 0 && `shift=${shift}`, isReversed && "reversed", draw] as const;
  const pointsName = `points:${counts.positive}${counts.negative > 0 ? `+${counts.negative}` : ""}`;
  return box
    ? boxAndPointsStrategy(nameOf(`${boxName}+${pointsName}`, ...modifiers), jitter, counts, placing)
    : pointsStrategy(nameOf(pointsName, ...modifiers), counts, placing);
}

/** `draw=K` as written in the name; only if something is random. */
function takeDraw(reading: Reading, isRandom: boolean): string | false {
  if (!isRandom) return false;
  const draw = takeNumber(reading, "draw", 1, mostDraws);
  return draw > 0 && `draw=${draw}`;
}

/** The number of `NAME=N`; 0 if absent. */
function takeNumber(reading: Reading, name: string, least: number, most: number): number {
  const modifier = [...reading.modifiers].find((text) => text.startsWith(`${name}=`));
  if (modifier === undefined) return 0;
  reading.modifiers.delete(modifier);
  return count(modifier.slice(name.length + 1), reading, least, most);
}

function takeChoice({ modifiers }: Reading): PointChoice {
  return choices.find((choice) => modifiers.delete(choice)) ?? "deepest";
}

/** The name in rows. Defaults are omitted, so that a strategy has only one name. */
function nameOf(head: string, ...modifiers: readonly (string | false)[]): string {
  return [head, ...modifiers.filter((modifier) => modifier && modifier !== "deepest")].join(",");
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function count(text: string, { text: whole }: Reading, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw notUnderstood(whole, text, `Give a whole number from ${least} to ${most}.`);
}

function notUnderstood(text: string, part: string, why = ""): SamlabError {
  if (text.startsWith("propagate")) {
    return new SamlabError("argument-invalid", `${show(text)} goes through a volume; it is not a prompt for slices.`, {
      field: "prompt",
      value: text,
      remedy: `Give it as a strategy for volumes: { volume: ${show(text)} }.`,
    });
  }
  const known = Object.entries(strategyNames).map(([name, meaning]) => `${name} (${meaning})`);
  const where = part === text ? "" : ` in ${show(text)}`;
  return new SamlabError("argument-invalid", `${show(part)}${where} is not a way to prompt. ${why}`.trim(), {
    field: "prompt",
    value: text,
    remedy: `Use ${known.join("; ")}. Points: add ,centroid or ,random.`,
  });
}
