/** The figure of the benchmark of the latent action tokenizer. */
import sharp from 'sharp';

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
