/** Four to eight round values (steps of 1, 2 or 5 times a power of ten) within the range. */
export function linearTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((candidate) => candidate >= rough * 0.999) ?? rough;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, n) => Number(((first + n) * step).toPrecision(12)));
}

/** Powers of ten within the range, with 2 and 5 times them where they are few. */
export function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const digits = decades < 2.5 ? [1, 2, 5] : [1];
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(decades) + 2 }, (_, n) => first + n);
  return powers
    .flatMap((power) => digits.map((digit) => Number((digit * 10 ** power).toPrecision(6))))
    .filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
}

/** The ticks of one axis with as many decimals as the finest needs: `0.0`, `0.5`, `1.0`. */
export function tickTexts(ticks: readonly number[]): string[] {
  const decimals = Math.max(0, ...ticks.map((tick) => (tickText(tick).split(".")[1] ?? "").length));
  return ticks.map((tick) => (decimals === 0 ? tickText(tick) : tick.toFixed(decimals)));
}

/** `0.2`, `1`, `20 000` */
export function tickText(value: number): string {
  const plain = String(Number(value.toPrecision(6)));
  return Math.abs(value) >= 10_000 ? plain.replace(/\B(?=(\d{3})+$)/g, "\u2009") : plain;
}
