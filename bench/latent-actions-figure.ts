/** The figures of the benchmark of the latent action tokenizer. */
import sharp from 'sharp';
import type { Estimate } from './latent-actions-measures.ts';

const [ZOOM, GAP] = [2, 4];

/**
 * A column for each of `count` windows: first frame, last frame, and the last frame as told. `seen` is u8[count or more, frames, side, side,
 * 3], `told` u8[count or more, side, side, 3].
 */
export async function drawTold(
  count: number,
  seen: Uint8Array,
  told: Uint8Array,
  { frames, side }: { readonly frames: number; readonly side: number },
  file: string,
): Promise<void> {
  const bytes = 3 * side * side;
  const picture = (of: Uint8Array, i: number): Uint8Array => of.subarray(i * bytes, (i + 1) * bytes);
  const step = ZOOM * side + GAP;
  const tiles = Array.from({ length: count }, (_, i) => [picture(seen, i * frames), picture(seen, (i + 1) * frames - 1), picture(told, i)]);
  const placed = tiles.flatMap((column, i) =>
    column.map(async (pixels, row) => ({
      input: await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
        .resize(ZOOM * side, ZOOM * side, { kernel: 'nearest' })
        .png()
        .toBuffer(),
      left: i * step,
      top: row * step,
    })),
  );
  const canvas = { width: count * step - GAP, height: 3 * step - GAP, channels: 3 as const, background: '#fff' };
  await sharp({ create: canvas })
    .composite(await Promise.all(placed))
    .toFile(file);
}

/** What is drawn of a probe on one group of held-out transitions. */
export interface ProbeBars {
  readonly name: string;
  readonly accuracy: Estimate;
  /** Of the most frequent direction of training */
  readonly chance: Estimate;
  /** Transitions by their class (rows) and by the one that is told */
  readonly confusion: readonly (readonly number[])[];
}

const [INK, FAINT, RULE] = ['#1b1d21', '#5d636d', '#d5d9df'];
/** One hue: both ends of shading, and bars */
const [PALE, DEEP] = [[247, 251, 255] as const, [8, 48, 107] as const];
const [PROBE, CHANCE] = ['#5b8cc4', '#c6d8ea'];

/** Centred on x unless `anchor` says otherwise; y is that of the baseline. */
const text = (
  x: number,
  y: number,
  words: string | number,
  { size = 13, fill = INK, weight = 400, anchor = 'middle', turn = 0 } = {},
): string =>
  `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}" transform="rotate(${turn} ${x} ${y})">${words}</text>`;

const rect = (x: number, y: number, width: number, height: number, fill: string, stroke = 'none'): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}" stroke="${stroke}" stroke-width="1.5"/>`;

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);

const shade = (share: number): string => `rgb(${PALE.map((level, i) => Math.round(level + share * ((DEEP[i] as number) - level)))})`;

/** Where cells begin, the side of one, and the baseline of the bars */
const [LEFT, TOP, CELL, FLOOR] = [116, 104, 48, 392];

/** Each row's counts as shares of it, shaded from 0 to 1, with the row's count behind it; the diagonal is framed. */
function confusionPanel(names: readonly string[], confusion: readonly (readonly number[])[]): string {
  const side = names.length * CELL;
  const middle = CELL / 2;
  const rows = confusion.map((counts, row) => {
    const y = TOP + row * CELL;
    const all = sum(counts);
    const cells = counts.map((count, column) => {
      const [x, share] = [LEFT + column * CELL, all > 0 ? count / all : 0];
      const cell = rect(x + 1, y + 1, CELL - 2, CELL - 2, shade(share), row === column ? INK : 'none');
      return cell + text(x + middle, y + middle + 5, share.toFixed(2), { fill: share > 0.6 ? '#fff' : INK });
    });
    const name = text(LEFT - 8, y + middle + 5, names[row] as string, { anchor: 'end' });
    return name + cells.join('') + text(LEFT + side + 50, y + middle + 5, all, { anchor: 'end', fill: FAINT });
  });
  return [
    text(16, 54, 'held-out simulations: share of each row, count of transitions', { anchor: 'start', fill: FAINT }),
    text(LEFT + side / 2, TOP - 26, 'direction told', { weight: 600 }),
    ...names.map((name, i) => text(LEFT + i * CELL + middle, TOP - 8, name.split(' ')[0] as string)),
    text(LEFT + side + 50, TOP - 8, 'count', { anchor: 'end', fill: FAINT }),
    text(24, TOP + side / 2, 'direction of motion, base frame', { weight: 600, turn: -90 }),
    ...rows,
  ].join('');
}

/** Where the axis of the bars is, and the widths of two bars and of one */
const [AXIS, GROUP, BAR] = [528, 88, 30];

/** Of each group two bars, with their intervals: how often the probe is right, and how often the most frequent class is. */
function barsPanel(groups: readonly ProbeBars[]): string {
  const top = Math.ceil(5 * Math.max(...groups.flatMap(({ accuracy, chance }) => [accuracy.high, chance.high]))) / 5;
  const at = (share: number): number => FLOOR - (share / top) * (FLOOR - TOP - 24);
  const ticks = Array.from({ length: Math.round(5 * top) + 1 }, (_, i) => i / 5);
  const bar = (x: number, { value, low, high }: Estimate, fill: string): string =>
    rect(x, at(value), BAR, FLOOR - at(value), fill) +
    `<path d="M${x + BAR / 2} ${at(low)}V${at(high)}m-5 0h10M${x + BAR / 2 - 5} ${at(low)}h10" stroke="${INK}" stroke-width="1.5"/>`;
  return [
    text(AXIS - 36, 54, 'share of transitions, 95 % intervals', { anchor: 'start', fill: FAINT }),
    rect(AXIS, TOP - 38, 12, 12, PROBE),
    text(AXIS + 18, TOP - 27, 'probe on codes', { anchor: 'start' }),
    rect(AXIS, TOP - 18, 12, 12, CHANCE),
    text(AXIS + 18, TOP - 7, 'most frequent direction', { anchor: 'start' }),
    ...ticks.map(
      (share) =>
        rect(AXIS, at(share) - 0.5, groups.length * GROUP, 1, RULE) + text(AXIS - 8, at(share) + 5, share.toFixed(1), { anchor: 'end' }),
    ),
    ...groups.map(({ name, accuracy, chance, confusion }, i) => {
      const middle = AXIS + (i + 0.5) * GROUP;
      const below = text(middle, FLOOR + 18, name) + text(middle, FLOOR + 35, `of ${sum(confusion.flat())}`, { fill: FAINT });
      return bar(middle - BAR - 2, accuracy, PROBE) + bar(middle + 2, chance, CHANCE) + below;
    }),
  ].join('');
}

/**
 * What a probe tells: its confusion on the first group, and how often it is right on each. `names` are those of the classes; the first word
 * of each heads a column.
 */
export async function drawProbe(names: readonly string[], groups: readonly ProbeBars[], file: string): Promise<void> {
  const [width, height] = [800, 440];
  const titles = [
    text(16, 32, 'What a linear probe tells from four codes', { size: 16, weight: 600, anchor: 'start' }),
    text(AXIS - 36, 32, 'How often it is right', { size: 16, weight: 600, anchor: 'start' }),
  ];
  const drawn = [rect(0, 0, width, height, '#fff'), ...titles, confusionPanel(names, groups[0]?.confusion ?? []), barsPanel(groups)].join(
    '',
  );
  const fonts = "'DejaVu Sans', 'Noto Sans', Arial, sans-serif";
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${fonts}">${drawn}</svg>`;
  // Twice as many pixels as it is wide on a page
  await sharp(Buffer.from(svg), { density: 144 }).png({ palette: true }).toFile(file);
}
