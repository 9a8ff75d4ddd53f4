import { palette } from "../../../src/protocol/palette.js";
import { frameOf } from "../../../src/protocol/slices.js";
import { stripPaths } from "../../../src/protocol/strip-path.js";
import { escapeMarkup } from "../../display/escape-markup.js";
import { letterTexts } from "../shared/slice-panels.js";
import type { CompareSession } from "./session.js";
import { definitionText, distanceText, scoreText } from "./text.js";
import type { Track } from "./track.js";

/** Position of a panel's picture. */
export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PictureLayout {
  readonly width: number;
  readonly height: number;
  readonly cells: readonly Cell[];
  /** The strip of Dice values; null if there is none. */
  readonly strip: Cell | null;
}

const header = 28;
const footer = 26;
const gap = 2;
const stripHeight = 84;
const foot = 26;
const mostColumns = 4;

/** Panels in rows of at most four, with the strip and a note on the scores below. */
export function layoutOf(
  panel: { readonly width: number; readonly height: number },
  count: number,
  session: CompareSession,
): PictureLayout {
  const columns = Math.min(count, mostColumns);
  const rows = Math.ceil(count / columns);
  const cellHeight = header + panel.height + footer;
  const cells = Array.from({ length: count }, (_, n): Cell => {
    const [column, row] = [n % columns, Math.floor(n / columns)];
    const { width, height } = panel;
    return { x: column * (width + gap), y: row * (cellHeight + gap) + header, width, height };
  });
  const width = columns * (panel.width + gap) - gap;
  const bottom = rows * (cellHeight + gap) - gap;
  const { source, place, scorer } = session;
  const hasStrip = scorer !== null && frameOf(source.subject, place.plane).count > 1;
  const strip = hasStrip ? { x: 34, y: bottom + 14, width: width - 48, height: stripHeight } : null;
  return { width, height: bottom + (strip ? stripHeight + 40 : 0) + (scorer ? foot : 0), cells, strip };
}

const soft = "#b8b8b8";
const rule = "#4a4a4a";

/** Names, scores, orientation letters, strip and legend, drawn over the panels: SVG. */
export function frameSvg(layout: PictureLayout, session: CompareSession): string {
  const { cells, strip } = layout;
  const { tracks, source, place, scorer } = session;
  const frame = frameOf(source.subject, place.plane);
  return [
    ...tracks.map((track, n) => labels(track, cells[n], session) + letterTexts(frame, cells[n])),
    strip ? stripSvg(strip, session) : "",
    scorer ? footSvg(layout, session) : "",
  ].join("");
}

function labels(track: Track, { x, y, width, height }: Cell, session: CompareSession): string {
  const { scorer, place, source } = session;
  const { name, color } = track.info;
  const swatch = `<rect x="${x + 10}" y="${y - 19}" width="11" height="11" rx="2.5" fill="${color}"/>`;
  const title = text(x + 28, y - 9, name, "#ffffff");
  const separator =
    x > 0
      ? `<rect x="${x - gap}" y="${y - header}" width="1" height="${height + header + footer}" fill="${rule}"/>`
      : "";
  if (track === scorer?.truth) return separator + swatch + title;
  const scores = scorer?.slice(track, place);
  const { unit } = source.subject;
  const note = track.mask(place) ? "" : "not predicted";
  const says = scores ? `Dice ${scoreText(scores.dice)} · HD95 ${distanceText(scores.hd95, unit)}` : note;
  return separator + swatch + title + text(x + width - 10, y + height + 17, says, "#ffffff", "end");
}

function stripSvg({ x, y, width, height }: Cell, session: CompareSession): string {
  const { scorer, place, source, tracks } = session;
  if (!scorer) return "";
  const { count } = frameOf(source.subject, place.plane);
  const toX = (index: number) => x + ((index + 0.5) * width) / count;
  const toY = (dice: number) => y + (1 - dice) * height;
  const grid = [0, 0.5, 1].map(
    (dice) =>
      `<rect x="${x}" y="${toY(dice)}" width="${width}" height="1" fill="${rule}"/>${text(x - 6, toY(dice) + 4, dice.toFixed(1), soft, "end", 11)}`,
  );
  const lines = tracks
    .filter((track) => track !== scorer.truth)
    .map((track) => {
      const { line, dots } = stripPaths(scorer.strip(track, place.plane), toX, toY);
      const path = (d: string, stroke: number) => `<path d="${d}" stroke-width="${stroke}"/>`;
      return `<g fill="none" stroke="${track.info.color}" stroke-linejoin="round" stroke-linecap="round">${path(line, 2)}${path(dots, 6)}</g>`;
    });
  const here = toX(place.index);
  const marker = `<path d="M${here} ${y - 6}V${y + height}" stroke="#ffffff" stroke-dasharray="2 3"/>`;
  const anchor = here > x + width - 60 ? "end" : here < x + 60 ? "start" : "middle";
  const label = text(here, y + height + 16, `slice ${place.index} of 0–${count - 1}`, "#ffffff", anchor, 11);
  return [...grid, ...lines, marker, label, text(x, y + height + 16, "Dice", soft, "start", 11)].join("");
}

function footSvg({ width, height }: PictureLayout, session: CompareSession): string {
  const y = height - 9;
  const over = session.source.volume ? `slice ${session.place.index}` : "the picture";
  const note = text(10, y, definitionText(session, over), soft, "start", 11);
  if (session.display.paint !== "agreement") return note;
  const legend = [
    ["both", palette.both],
    ["only predicted", palette.onlyPredicted],
    ["only truth", palette.onlyTruth],
  ] as const;
  let x = width - 10;
  const entries = [...legend].reverse().map(([name, fill]) => {
    const label = text(x, y, name, "#ffffff", "end", 11);
    x -= name.length * 6.6 + 16;
    const swatch = `<rect x="${x}" y="${y - 10}" width="11" height="11" rx="2.5" fill="${fill}"/>`;
    x -= 14;
    return label + swatch;
  });
  return note + entries.join("");
}

function text(x: number, y: number, content: string, fill: string, anchor = "start", size = 13): string {
  return `<text x="${x}" y="${y}" fill="${fill}" text-anchor="${anchor}" font-size="${size}">${escapeMarkup(content)}</text>`;
}
