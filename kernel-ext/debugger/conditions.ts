import { meetsHitCondition, type UserBreakpoint } from "./breakpoints.js";
import type { Expressions } from "./expressions.js";
import type { Frame } from "./frames.js";
import { valueText } from "./value-text.js";

/** Conditions, hit counts, and log messages of breakpoints, evaluated where the code has paused. */
export class Conditions {
  readonly #expressions: Expressions;
  /** Prints under the running cell. */
  readonly #write: (text: string) => void;

  constructor(expressions: Expressions, write: (text: string) => void) {
    this.#expressions = expressions;
    this.#write = write;
  }

  /** The breakpoints whose conditions are met; log points print instead. */
  async met(hit: readonly UserBreakpoint[], frame: Frame | undefined): Promise<UserBreakpoint[]> {
    const wanted: UserBreakpoint[] = [];
    for (const breakpoint of hit) {
      const { condition, hitCondition, logMessage, line } = breakpoint;
      try {
        if (condition && !(await this.#isTrue(condition, frame))) continue;
      } catch (error) {
        this.#write(`The condition of the breakpoint at line ${line} failed: ${(error as Error).message}\n`);
      }
      breakpoint.hits++;
      if (hitCondition && !meetsHitCondition(hitCondition, breakpoint.hits)) continue;
      if (logMessage) this.#write(`${await this.#filled(logMessage, frame)}\n`);
      else wanted.push(breakpoint);
    }
    return wanted;
  }

  async #isTrue(condition: string, frame: Frame | undefined): Promise<boolean> {
    const value = await this.#expressions.evaluate(`Boolean(${condition})`, frame, "stop");
    return value.value === true;
  }

  async #filled(message: string, frame: Frame | undefined): Promise<string> {
    let text = "";
    let end = 0;
    for (const match of message.matchAll(/\{([^{}]+)\}/g)) {
      let value: string;
      try {
        const found = await this.#expressions.evaluate(match[1]!, frame, "stop");
        value = found.type === "string" ? String(found.value) : valueText(found);
      } catch (error) {
        value = `{${(error as Error).message}}`;
      }
      text += message.slice(end, match.index) + value;
      end = match.index + match[0].length;
    }
    return text + message.slice(end);
  }
}
