/** Round numbers for the scales of charts. */

/** 1, 2 or 5 times a power of ten, at least `step`, which is above 0. */
export function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return power * ([1, 2, 5].find((digit) => digit * power >= step * (1 - 1e-9)) ?? 10);
}
