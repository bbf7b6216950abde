/** Segmentation and depth as pictures for people to look at. */

/** u8[N, 3]: a colour for each id, the same one wherever it appears and unlike those of the ids next to it; 0 is black. */
export function colorSegmentation(segmentation: Uint16Array): Uint8Array {
  const rgb = new Uint8Array(3 * segmentation.length);
  segmentation.forEach((id, i) => {
    if (id > 0) rgb.set(colorOfId(id), 3 * i);
  });
  return rgb;
}

/** Hues by the golden ratio, so that any few in a row are far apart; lighter and darker in turn. */
function colorOfId(id: number): readonly [number, number, number] {
  const hue = 6 * ((id * 0.6180339887498949) % 1);
  const value = [255, 200, 150][id % 3] as number;
  const saturation = [0.75, 0.55, 0.9][Math.floor(id / 3) % 3] as number;
  const channel = (turn: number): number => {
    const from = (hue + turn) % 6;
    const away = Math.min(1, Math.max(0, Math.abs(from - 3) - 1));
    return Math.round(value * (1 - saturation * (1 - away)));
  };
  return [channel(0), channel(4), channel(2)];
}

/** How to show depth. */
export interface DepthRange {
  /** Metres: red; that of the nearest pixel by default */
  readonly near?: number;
  /** Metres: blue; that of the farthest pixel by default, without those of nothing */
  readonly far?: number;
}

/** u8[N, 3]: depths (metres) from red, near, to blue, far, by Google's Turbo colours (Mikhailov 2019); black where nothing is. */
export function colorDepth(depth: Float32Array, range: DepthRange = {}): Uint8Array {
  const { near = extreme(depth, Math.min), far = extreme(depth, Math.max) } = range;
  const rgb = new Uint8Array(3 * depth.length);
  depth.forEach((metres, i) => {
    if (metres !== Number.POSITIVE_INFINITY) rgb.set(turbo(far > near ? (far - metres) / (far - near) : 1), 3 * i);
  });
  return rgb;
}

const extreme = (depth: Float32Array, pick: (a: number, b: number) => number): number =>
  depth.reduce(
    (found, metres) => (metres === Number.POSITIVE_INFINITY ? found : Number.isNaN(found) ? metres : pick(found, metres)),
    Number.NaN,
  );

/** Mikhailov's polynomials for red, green and blue, the highest power first */
const TURBO = [
  [59.28637943, -152.94239396, 132.13108234, -42.66032258, 4.6153926, 0.13572138],
  [2.82956604, 4.27729857, -14.18503333, 4.84296658, 2.19418839, 0.09140261],
  [27.34824973, -89.90310912, 110.36276771, -60.58204836, 12.64194608, 0.1066733],
] as const;

/** Where the map begins to be blue; below, it is as dark as nothing. */
const DARKEST = 0.08;

function turbo(share: number): number[] {
  const x = DARKEST + (1 - DARKEST) * Math.min(1, Math.max(0, share));
  return TURBO.map((terms) =>
    Math.round(
      255 *
        Math.min(
          1,
          Math.max(
            0,
            terms.reduce((sum, term) => sum * x + term, 0),
          ),
        ),
    ),
  );
}
