/** What surfaces look like. */

/** Red, green and blue as on a screen (sRGB), 0 … 1. */
export type Rgb = readonly [number, number, number];

/** A picture that repeats in both directions: u8[height, width, 3], sRGB, rows from the top (v = 0). Sides are powers of two. */
export interface Texture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A surface: its colour, times a texture where it has one. All surfaces are matt. */
export interface Material {
  readonly color: Rgb;
  readonly texture?: Texture;
}
