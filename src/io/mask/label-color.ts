import { SamlabError, show } from "../../core/errors.js";

/**
 * Returns the color if it is `#rrggbb`.
 * @throws {SamlabError} `argument-invalid`
 */
export function checkColor(color: string): string {
  if (/^#[\da-f]{6}$/i.test(color)) return color.toLowerCase();
  throw new SamlabError("argument-invalid", `${show(color)} is not a color.`, {
    field: "colors",
    value: color,
    remedy: "Write it as #rrggbb, e.g. #e69f00.",
  });
}

/** Red, green, and blue of `#rrggbb`, each 0 to 1. @throws {SamlabError} `argument-invalid` */
export function channelsOf(color: string): [red: number, green: number, blue: number] {
  const number = Number.parseInt(checkColor(color).slice(1), 16);
  return [(number >> 16) / 255, ((number >> 8) & 255) / 255, (number & 255) / 255];
}

/** `#rrggbb` from red, green, and blue, each 0 to 1; values outside are clamped. */
export function colorOf(channels: readonly [red: number, green: number, blue: number]): string {
  const hex = channels.map((value) =>
    Math.round(Math.min(1, Math.max(0, value)) * 255)
      .toString(16)
      .padStart(2, "0"),
  );
  return `#${hex.join("")}`;
}
