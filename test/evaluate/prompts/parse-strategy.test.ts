import { describe, expect, it } from "vitest";
import { parseStrategy, strategyNames } from "../../../src/evaluate/prompts/parse-strategy.js";

describe("parseStrategy", () => {
  it.each([
    ["box", "box"],
    [" box ", "box"],
    ["box:jitter=5", "box:jitter=5"],
    ["box:jitter=0", "box"],
    ["points:1", "points:1"],
    ["points:1,deepest", "points:1"],
    ["points:01", "points:1"],
    ["points:5+5", "points:5+5"],
    ["points:5+0,random", "points:5,random"],
    ["points:2, centroid", "points:2,centroid"],
    ["box+points:1", "box+points:1"],
    ["box:jitter=3+points:2+1,random", "box:jitter=3+points:2+1,random"],
    ["points:1,shift=5,draw=2", "points:1,shift=5,draw=2"],
    ["points:3,draw=2,reversed,random", "points:3,random,reversed,draw=2"],
    ["points:1,shift=0", "points:1"],
    ["box:jitter=5,draw=3", "box:jitter=5,draw=3"],
    ["box+points:2,shift=4", "box+points:2,shift=4"],
    ["clicks:9", "clicks:9"],
    ["clicks:9,feedback,centroid", "clicks:9,centroid,feedback"],
    ["scribble", "scribble"],
    ["scribble:1", "scribble"],
    ["scribble:3,draw=2", "scribble:3,draw=2"],
    ["everything", "everything"],
    ["szu:S1", "szu:S1"],
    ["szu:S4,six-points", "szu:S4,six-points"],
    ["mazurowski:5", "mazurowski:5"],
    ["mazurowski:clicks", "mazurowski:clicks"],
  ])("understands %j and calls it %j", (text, name) => {
    const strategy = parseStrategy(text);
    expect(strategy.name).toBe(name);
    expect(parseStrategy(name).name).toBe(name);
    expect(strategy.asks).toBe(
      name === "everything" || name === "szu:S1" ? "everything" : name === "none" ? "nothing" : "prompts",
    );
    expect(strategy.firstMask).toBe(/^(szu:S[2-6]|mazurowski)/.test(name) ? "alternative" : "single");
  });

  it.each([
    ["", '""'],
    ["circle", '"circle"'],
    ["box:", '"box:"'],
    ["box:jitter=", '""'],
    ["box:jitter=-1", '"-1"'],
    ["box:shift=3", '"box:shift=3"'],
    ["boxpoints:1", '"boxpoints:1"'],
    ["+points:1", '"+points:1"'],
    ["points", '"points"'],
    ["points:0", '"0"'],
    ["points:1.5", '"1.5"'],
    ["points:1+x", '"x"'],
    ["points:1+2+3", '"2+3"'],
    ["points:1,middle", '"middle"'],
    ["scribble:0", '"0"'],
    ["scribbles", '"scribbles"'],
    ["scribble,random", '"random"'],
    ["points:1,random,centroid", '"random"'],
    ["points:1,random,random", '"random"'],
    ["points:1,feedback", '"feedback"'],
    ["box,random", '"random"'],
    ["box,draw=2", '"draw=2"'],
    ["points:1,draw=2", '"draw=2"'],
    ["points:1,shift=x", '"x"'],
    ["points:1,shift=1,shift=2", '"shift=2"'],
    ["clicks:3,shift=2", '"shift=2"'],
    ["clicks:0", '"0"'],
    ["clicks", '""'],
    ["everything,random", '"random"'],
    ["szu:S7", '"szu:S7"'],
    ["szu:S3,six-points", '"six-points"'],
    ["mazurowski:6", '"mazurowski:6"'],
  ])("refuses %j because of %s, and says what there is", (text, part) => {
    const error = (() => {
      try {
        return parseStrategy(text).name;
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ name: "SamlabError", code: "argument-invalid", field: "prompt", value: text });
    expect(String(error)).toContain(`${part} `);
    for (const name of Object.keys(strategyNames)) expect(String(error)).toContain(name);
  });
});
