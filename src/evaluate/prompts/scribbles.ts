import { scribblePoints } from "../../core/freehand.js";
import type { Mask2d } from "../../core/mask.js";
import { type Pixel, randomDeepestPixel } from "../../core/pixels.js";
import type { PromptSet } from "../../core/prompt.js";
import { randomInteger } from "../../core/random.js";
import { longestWay, skeleton } from "../../core/skeleton.js";
import type { PromptStrategy } from "../types.js";
import { requireTruth, steps } from "./strategy.js";

/** Each end of a line is shortened by up to this share of its length. */
const mostCut = 0.25;

/**
 * Lines inside the object, along its skeleton: the first follows the longest path, the next the longest path through
 * what is left, and so on. Each end is shortened by up to a quarter of the line's length, drawn uniformly. There are
 * fewer lines if the skeleton is used up; an object without a skeleton (2×2 pixels) gets its deepest pixel. Models that
 * take no lines get points along them: see `scribblePoints`.
 */
export function scribbleStrategy(name: string, lines: number): PromptStrategy {
  return {
    name,
    asks: "prompts",
    firstMask: "single",
    start(object, { random, takesScribbles }) {
      const truth = requireTruth(name, object);
      const paths = scribblesIn(truth, lines, random);
      const points = () => paths.flatMap((path) => scribblePoints(path.flatMap(pair), truth.width, truth.height));
      const prompt: PromptSet = takesScribbles
        ? { scribbles: paths.map((path) => ({ path: path.map(pair), label: 1 })) }
        : { points: points().map(({ x, y }) => ({ x, y, label: 1 })) };
      // The requested number of lines, even if points replace them, so that the rows of all objects are comparable.
      return steps([{ prompts: [prompt], clicks: lines }]);
    },
  };
}

const pair = ({ x, y }: Pixel): [number, number] => [x, y];

function scribblesIn(truth: Mask2d, lines: number, random: () => number): Pixel[][] {
  const left = skeleton(truth);
  const paths: Pixel[][] = [];
  while (paths.length < lines) {
    const way = longestWay(left);
    if (way.length === 0) break;
    for (const { x, y } of way) left.data[y * left.width + x] = 0;
    const most = Math.floor(mostCut * way.length);
    const [start, end] = [randomInteger(random, 0, most), randomInteger(random, 0, most)];
    paths.push(way.slice(start, way.length - end));
  }
  // The truth is not empty, so it has such a pixel.
  return paths.length > 0 ? paths : [[randomDeepestPixel(truth, random)!]];
}
