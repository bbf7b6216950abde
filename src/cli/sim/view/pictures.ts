/** What cameras see, as pictures for a page: colours, and depth and segmentation made visible. */
import sharp from 'sharp';
import type { Picture } from '../../../sim/render/types.ts';
import type { Segment } from '../../../sim/views.ts';

/** Red, green and blue, 0 … 255. */
export type Rgb8 = readonly [number, number, number];

/** Colours of things, apart for colour-blind people as far as there are enough: Okabe and Ito's, then lighter and darker ones. */
const THINGS: readonly Rgb8[] = [
  [230, 159, 0],
  [0, 158, 115],
  [204, 121, 167],
  [86, 180, 233],
  [213, 94, 0],
  [240, 228, 66],
  [0, 114, 178],
  [153, 210, 130],
  [246, 178, 158],
  [133, 92, 160],
  [160, 110, 40],
  [120, 220, 210],
];
const ROOM: Rgb8 = [52, 56, 62];
const ROBOT: Rgb8 = [128, 136, 148];

/** What has a colour in the pictures of the segmentation. */
export interface LegendEntry {
  readonly name: string;
  readonly color: Rgb8;
}

/** The colour of each number of the segmentation, and what to call it. The parts of a thing are shades of its colour. */
export function segmentColors(segments: ReadonlyMap<number, Segment>): { colors: ReadonlyMap<number, Rgb8>; legend: LegendEntry[] } {
  const things = [...new Set([...segments.values()].flatMap((segment) => (segment.kind === 'thing' ? segment.thing : [])))];
  const colorOf = (thing: string): Rgb8 => THINGS[things.indexOf(thing) % THINGS.length] as Rgb8;
  const colors = new Map<number, Rgb8>();
  const parts = new Map<string, number>();
  for (const [id, segment] of segments) {
    if (segment.kind !== 'thing') {
      colors.set(id, segment.kind === 'room' ? ROOM : ROBOT);
      continue;
    }
    const before = parts.get(segment.thing) ?? 0;
    if (segment.part !== undefined) parts.set(segment.thing, before + 1);
    const shade = segment.part === undefined ? 1 : before % 2 === 0 ? 0.72 : 0.86;
    colors.set(id, colorOf(segment.thing).map((level) => Math.round(level * shade)) as unknown as Rgb8);
  }
  return {
    colors,
    legend: [
      ...things.map((thing) => ({ name: thing, color: colorOf(thing) })),
      { name: 'robot', color: ROBOT },
      { name: 'room', color: ROOM },
    ],
  };
}

/** Colours as a JPEG. */
export const colorPicture = ({ width, height, rgb }: Picture): Promise<string> =>
  // A copy, since the memory is used again: the picture is encoded later.
  dataAddress(
    'jpeg',
    sharp(Uint8Array.from(rgb), { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 82 })
      .toBuffer(),
  );

/** Segmentation in colours, without loss. */
export function segmentationPicture({ width, height, segmentation }: Picture, colors: ReadonlyMap<number, Rgb8>): Promise<string> {
  const pixels = new Uint8Array(3 * width * height);
  for (let k = 0; k < segmentation.length; k++) pixels.set(colors.get(segmentation[k] as number) ?? [0, 0, 0], 3 * k);
  return dataAddress(
    'webp',
    sharp(pixels, { raw: { width, height, channels: 3 } })
      .webp({ lossless: true, effort: 2 })
      .toBuffer(),
  );
}

/** Depths of a picture in whole millimetres, u16; 65535 for what is further than 65 m. */
export const millimetres = ({ depth }: Picture): Uint16Array =>
  Uint16Array.from(depth, (metres) => Math.min(65535, Math.round(1000 * metres)));

/** Millimetres between which depths of some pictures are, but for the nearest and the furthest hundredth. */
export function depthRange(pictures: readonly Uint16Array[]): readonly [near: number, far: number] {
  const some = Uint16Array.from(
    pictures.flatMap((picture) => Array.from({ length: Math.ceil(picture.length / 97) }, (_, i) => picture[97 * i] as number)),
  ).sort();
  const at = (share: number): number => some[Math.round(share * (some.length - 1))] as number;
  const [near, far] = [at(0.01), at(0.99)];
  return [near, Math.max(far, near + 1)];
}

/** Depths in colours: near is yellow, far is dark blue. */
export function depthPicture(depths: Uint16Array, width: number, [near, far]: readonly [number, number]): Promise<string> {
  const pixels = new Uint8Array(3 * depths.length);
  for (let k = 0; k < depths.length; k++) {
    const share = Math.min(Math.max(((depths[k] as number) - near) / (far - near), 0), 1);
    pixels.set(RAMP[Math.round(255 * (1 - share))] as Rgb8, 3 * k);
  }
  const raw = { width, height: depths.length / width, channels: 3 } as const;
  return dataAddress('webp', sharp(pixels, { raw }).webp({ quality: 80, effort: 2 }).toBuffer());
}

async function dataAddress(format: 'jpeg' | 'webp', bytes: Promise<Buffer>): Promise<string> {
  return `data:image/${format};base64,${(await bytes).toString('base64')}`;
}

/** Matplotlib's viridis at nine places. */
const VIRIDIS: readonly Rgb8[] = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];

/** 256 colours from dark to bright. */
const RAMP: readonly Rgb8[] = Array.from({ length: 256 }, (_, i) => {
  const at = (i / 255) * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(at), VIRIDIS.length - 2);
  const [from, to] = [VIRIDIS[low] as Rgb8, VIRIDIS[low + 1] as Rgb8];
  return from.map((level, c) => Math.round(level + (at - low) * ((to[c] as number) - level))) as unknown as Rgb8;
});

/** The ramp of depths as a CSS gradient, near on the left. */
export const DEPTH_GRADIENT = `linear-gradient(90deg, ${VIRIDIS.toReversed()
  .map(([r, g, b]) => `rgb(${r} ${g} ${b})`)
  .join(', ')})`;
