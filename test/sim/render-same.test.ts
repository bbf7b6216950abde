/** The same pixels everywhere: this file runs in Node and in a browser. */
import { expect, test } from 'vitest';
import { createPicture } from '../../src/sim/render/picture.ts';
import { createRenderer, type RendererOptions } from '../../src/sim/render/renderer.ts';
import type { Camera, Picture } from '../../src/sim/render/types.ts';
import { lookAt, tableScene } from './render-scenes.ts';

const CAMERAS: Readonly<Record<string, Camera>> = {
  overview: lookAt([0, -0.7, 0.6], [0, 0, 0]),
  near: lookAt([0.16, -0.02, 0.12], [0.08, 0.05, 0.03], 1.3),
  // Within the edge of the table, so that triangles are cut by the near plane
  cut: lookAt([0, -0.299, 0.001], [0, 0.3, 0.06], 1.5),
};

/** FNV-1a of the bytes */
function hash(array: Uint8Array | Uint16Array | Float32Array): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let h = 0x811c9dc5;
  for (const byte of bytes) h = Math.imul(h ^ byte, 0x01000193);
  return (h >>> 0).toString(16).padStart(8, '0');
}

const hashes = ({ rgb, depth, segmentation }: Picture): string => [rgb, depth, segmentation].map(hash).join(' ');

function draw(camera: Camera, width: number, height: number, options: RendererOptions = {}): string {
  const picture = createPicture(width, height);
  createRenderer(tableScene(), options).render(camera, picture);
  return hashes(picture);
}

test('pictures are the same bits in Node and in browsers', () => {
  expect({
    overview: draw(CAMERAS.overview as Camera, 96, 96),
    near: draw(CAMERAS.near as Camera, 96, 96),
    cut: draw(CAMERAS.cut as Camera, 112, 80),
    fine: draw(CAMERAS.overview as Camera, 80, 60, { samples: 4, shadowSize: 128 }),
    unshadowed: draw(CAMERAS.overview as Camera, 64, 48, { shadows: false }),
  }).toMatchInlineSnapshot(`
    {
      "cut": "0edfe131 d1ac563c fa82c82d",
      "fine": "998f13a4 487da2fe fe229518",
      "near": "c18a2212 68e38533 319d3ee2",
      "overview": "4f79c404 b05b0f39 98dc1ea9",
      "unshadowed": "fa34c6c4 ba7045fa 116c6f7d",
    }
  `);
});
