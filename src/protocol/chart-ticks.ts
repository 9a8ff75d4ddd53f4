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

/** `0.2`, `1`, `20 000` */
export function tickText(value: number): string {
  const plain = String(Number(value.toPrecision(6)));
  return Math.abs(value) >= 10_000 ? plain.replace(/\B(?=(\d{3})+$)/g, "\u2009") : plain;
}
