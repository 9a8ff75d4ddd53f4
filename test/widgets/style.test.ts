import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const sources = readdirSync("widgets/src", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ room: name.split(/[\\/]/)[0], text: readFileSync(join("widgets/src", name), "utf8") }));

function classesOf(sheet: string): string[] {
  const text = readFileSync(join("widgets/style", `${sheet}.raw.css`), "utf8").replace(
    /\/\*[\s\S]*?\*\/|\{[^{}]*\}/g,
    "",
  );
  return [...new Set([...text.matchAll(/\.([a-z][a-z0-9-]*)/g)].map(([, name]) => name))];
}

/** The folders of widgets/src whose code names a class, whole or with its last part filled in. */
function roomsOf(name: string): Set<string> {
  const filledIn = name.replace(/-[a-z]+$/, "-\\$\\{");
  const named = new RegExp(`(?<![\\w-])(?:${name}(?![\\w-])|${filledIn})`);
  return new Set(sources.filter(({ text }) => named.test(text)).map(({ room }) => room));
}

describe("the style sheets", () => {
  it.each(["base", "slice-view"])("%s holds only what several widgets use", (sheet) => {
    const classes = classesOf(sheet);
    expect(classes.length).toBeGreaterThan(10);
    const single = classes.filter((name) => !roomsOf(name).has("shared") && roomsOf(name).size < 2);
    expect(single).toEqual([]);
  });

  it("base holds nothing that only widgets with slices use", () => {
    const slices = new Set(["slice-prompter", "mask-compare"]);
    const foreign = classesOf("base").filter((name) => [...roomsOf(name)].every((room) => slices.has(room)));
    expect(foreign).toEqual([]);
  });

  it.each(["slice-prompter", "mask-compare", "dice-chart", "training", "progress"])(
    "%s holds what it uses",
    (sheet) => {
      const shared = new Set([...classesOf("base"), ...classesOf("slice-view")]);
      const foreign = classesOf(sheet).filter((name) => !shared.has(name) && !roomsOf(name).has(sheet));
      // plotly.js names this one.
      expect(foreign.filter((name) => name !== "nsewdrag")).toEqual([]);
    },
  );
});
