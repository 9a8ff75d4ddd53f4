import type { Locator, Page } from "playwright-core";
import { project, type Sheet, toStage, wholeSheet } from "../../widgets/src/shared/slice-view/camera.js";

type Rgba = readonly [number, number, number, number];

/** A picture of a slice in a widget on the page, spoken to in pixels of its slice. For one at its first zoom. */
export class WidgetOnPage {
  readonly page: Page;
  readonly root: Locator;
  readonly surface: Locator;
  readonly #sheet: Sheet;

  /**
   * `sheet`: the displayed slice; `nth`: the widget's index on the page; `picture`: the picture's index in the widget.
   */
  constructor(page: Page, sheet: Sheet, nth = 0, picture = 0) {
    this.page = page;
    this.root = page.locator(".sl").nth(nth);
    this.surface = this.root.locator(".sl-surface").nth(picture);
    this.#sheet = sheet;
  }

  async shown(): Promise<void> {
    await this.surface.scrollIntoViewIfNeeded();
    await this.surface.waitFor();
  }

  /** Where the middle of a slice pixel is, in CSS pixels of the page. */
  async at(x: number, y: number): Promise<[number, number]> {
    const box = (await this.surface.boundingBox())!;
    const [stageX, stageY] = toStage(project(this.#sheet, box, wholeSheet(this.#sheet)), x, y);
    return [box.x + stageX, box.y + stageY];
  }

  async click(x: number, y: number, options: Parameters<Page["mouse"]["click"]>[2] = {}): Promise<void> {
    await this.page.mouse.click(...(await this.at(x, y)), options);
  }

  async drag(from: [number, number], to: [number, number], button: "left" | "right" = "left"): Promise<void> {
    await this.page.mouse.move(...(await this.at(...from)));
    await this.page.mouse.down({ button });
    await this.page.mouse.move(...(await this.at(...to)), { steps: 4 });
    await this.page.mouse.up({ button });
  }

  /** What the picture's canvas has in the middle of each slice pixel, row by row. */
  async pixels(): Promise<Rgba[]> {
    const box = (await this.surface.boundingBox())!;
    const { left, top, scaleX, scaleY } = project(this.#sheet, box, wholeSheet(this.#sheet));
    const { width, height } = this.#sheet;
    // The slice and its masks lie on the canvas below the one that takes the pointer.
    const canvas = this.surface.locator("xpath=preceding-sibling::canvas[1]");
    const text = await canvas.evaluate(readPixels, { left, top, scaleX, scaleY, width, height });
    const bytes = Buffer.from(text, "base64");
    return Array.from({ length: width * height }, (_, n) => {
      return [bytes[4 * n], bytes[4 * n + 1], bytes[4 * n + 2], bytes[4 * n + 3]] as const;
    });
  }

  /** Which slice pixels are tinted: 1 where the canvas is not gray. */
  async masked(): Promise<number[]> {
    return (await this.pixels()).map(([r, g, b]) => Number(Math.max(r, g, b) - Math.min(r, g, b) > 20));
  }

  /** Number of tinted slice pixels. */
  async area(): Promise<number> {
    return (await this.masked()).reduce((sum, value) => sum + value, 0);
  }
}

/** The part of the DOM's canvas that is used in the page. */
interface CanvasLike {
  readonly width: number;
  readonly height: number;
  readonly clientWidth: number;
  readonly clientHeight: number;
  getContext(kind: "2d"): { getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray } };
}

interface SheetOnCanvas {
  /** In CSS pixels. */
  readonly left: number;
  readonly top: number;
  readonly scaleX: number;
  readonly scaleY: number;
  /** In slice pixels. */
  readonly width: number;
  readonly height: number;
}

/** Runs in the page: the canvas in the middle of each slice pixel, as RGBA bytes in base64. */
function readPixels(element: unknown, { left, top, scaleX, scaleY, width, height }: SheetOnCanvas): string {
  const canvas = element as CanvasLike;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let n = 0; n < width * height; n++) {
    const x = left + ((n % width) + 0.5) * scaleX;
    const y = top + (Math.floor(n / width) + 0.5) * scaleY;
    const [column, row] = [(x * canvas.width) / canvas.clientWidth, (y * canvas.height) / canvas.clientHeight];
    const at = 4 * (Math.floor(row) * canvas.width + Math.floor(column));
    for (let channel = 0; channel < 4; channel++) text += String.fromCharCode(data[at + channel]);
  }
  return btoa(text);
}
