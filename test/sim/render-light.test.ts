/** Colours: light, shadow, textures and means of samples, against what they are defined to be. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Mat3, matrixFromAxisAngle, rotateVector } from '../../src/robot/rotation.ts';
import { dot3, length3, scale3, type Vec3 } from '../../src/robot/vectors.ts';
import { project, unproject } from '../../src/sim/render/camera.ts';
import { lightOfTemperature } from '../../src/sim/render/color.ts';
import { colorDepth, colorSegmentation } from '../../src/sim/render/overlay.ts';
import { createPicture } from '../../src/sim/render/picture.ts';
import { createRenderer, type RendererOptions, ROOM_LIGHT } from '../../src/sim/render/renderer.ts';
import type { Camera, Light, Picture, RenderScene } from '../../src/sim/render/types.ts';
import { box, checks, fromAbove, lookAt, rectangle, sceneOf, sphere, tableScene, thing } from './render-scenes.ts';

function draw(scene: RenderScene, camera: Camera, width: number, height = width, options: RendererOptions = { shadows: false }): Picture {
  const picture = createPicture(width, height);
  createRenderer(scene, options).render(camera, picture);
  return picture;
}

const pixelOf = ({ rgb }: Picture, k: number): number[] => [...rgb.subarray(3 * k, 3 * k + 3)];

/** IEC 61966-2-1 */
const decode = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const encode = (light: number): number =>
  Math.round(255 * Math.min(1, light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055));

test('a plane has the colour of its material under the light that falls on it', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const tilt: fc.Arbitrary<Mat3> = fc.tuple(share, share).map(([x, y]) => matrixFromAxisAngle([x - 0.5, y - 0.5, 0]));
  const direction = fc.tuple(share, share).map(([x, y]): Vec3 => [2 * x - 1, 2 * y - 1, -1]);
  fc.assert(
    fc.property(fc.tuple(share, share, share), tilt, direction, share, share, (color, rotation, towards, directional, ambient) => {
      const light: Light = { direction: towards, directional, ambient, temperature: 6500 };
      const scene = { ...sceneOf(thing(rectangle(9), { material: { color }, rotation })), light };
      const picture = draw(scene, fromAbove(2, 0.6), 4);
      const normal = rotateVector(rotation, [0, 0, 1]);
      const facing = Math.max(0, -dot3(normal, towards) / length3(towards));
      const falling = ambient * (1 + 0.25 * normal[2]) + directional * facing;
      for (const k of [0, 5, 15]) {
        pixelOf(picture, k).forEach((level, channel) => {
          expect(Math.abs(level - encode(decode(color[channel] as number) * falling))).toBeLessThanOrEqual(1);
        });
      }
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('a sphere is lit by the cosine to its normal, smoothly', () => {
  const light: Light = { direction: [1, 0.5, -1], directional: 0.7, ambient: 0.2, temperature: 6500 };
  const camera = lookAt([0, -2, 0], [0, 0, 0], 0.8);
  const picture = draw({ ...sceneOf(thing(sphere(0.7, 24))), light }, camera, 48);
  let worst = 0;
  for (let k = 0; k < picture.segmentation.length; k++) {
    if (picture.segmentation[k] === 0) continue;
    const point = unproject(camera, 48, 48, (k % 48) + 0.5, Math.floor(k / 48) + 0.5, picture.depth[k] as number);
    const normal = scale3(point, 1 / length3(point));
    const facing = Math.max(0, -dot3(normal, light.direction) / length3(light.direction));
    const level = encode(decode(0.6) * (0.2 * (1 + 0.25 * normal[2]) + 0.7 * facing));
    worst = Math.max(worst, Math.abs((picture.rgb[3 * k] as number) - level));
  }
  expect(worst).toBeLessThanOrEqual(3);
});

test('the colour temperature goes from candle to sky, white and as bright in between', () => {
  expect(lightOfTemperature(6500).map((n) => Math.round(1e9 * n))).toEqual([1e9, 1e9, 1e9]);
  const ratios = [1667, 2500, 4000, 6500, 9000, 15000, 25000].map((kelvin) => {
    const [red, green, blue] = lightOfTemperature(kelvin);
    expect(0.2126 * red + 0.7152 * green + 0.0722 * blue).toBeCloseTo(1, 9);
    return red / Math.max(blue, 1e-9);
  });
  expect([...ratios].sort((a, b) => b - a)).toEqual(ratios);
  // A black body of 3200 K, half-way adapted: CIE 1931 chromaticity (0.4234, 0.3990) in linear sRGB, relative to 6500 K
  const [red, , blue] = lightOfTemperature(3200);
  expect(red / blue).toBeGreaterThan(2);
  expect(red / blue).toBeLessThan(3);
});

test('shadow lies where the light cannot get, and nowhere else', () => {
  const [half, height] = [0.04, 0.08];
  for (const direction of [
    [0.3, 0.4, -1],
    [-1, 0.2, -0.8],
    [0, 0, -1],
  ] as const) {
    const scene = sceneOf(thing(rectangle(0.4), { id: 1 }), thing(box(half, half, height / 2), { id: 2, position: [0, 0, height / 2] }));
    const lit: RenderScene = { ...scene, light: { ...scene.light, direction } };
    const camera = lookAt([0.1, -0.5, 0.5], [0, 0, 0], 0.6);
    const size = 120;
    const picture = draw(lit, camera, size, size, {});
    const bright = draw(lit, camera, size);
    const dark = draw({ ...lit, light: { ...lit.light, directional: 0 } }, camera, size);
    // Texels of the map are about 3 mm here, seen at a slant; edges are soft within one and a half of them.
    const soft = 0.01;
    const counts = { lit: 0, shadow: 0 };
    for (let k = 0; k < size * size; k++) {
      if (picture.segmentation[k] !== 1) continue;
      const [x, y] = unproject(camera, size, size, (k % size) + 0.5, Math.floor(k / size) + 0.5, picture.depth[k] as number);
      const margins = sweep(x, y, half, height, [direction[0] / direction[2], direction[1] / direction[2]]);
      if (margins.inside > soft) {
        counts.shadow++;
        expect(pixelOf(picture, k)).toEqual(pixelOf(dark, k));
      } else if (margins.outside > soft) {
        counts.lit++;
        expect(pixelOf(picture, k)).toEqual(pixelOf(bright, k));
      }
    }
    expect(counts.lit).toBeGreaterThan(2000);
    if (direction[0] !== 0) expect(counts.shadow).toBeGreaterThan(25);
  }
});

/** How deep a point of the floor is in the shadow of a box that stands on it at the origin, and how far away from it. */
function sweep(
  x: number,
  y: number,
  half: number,
  height: number,
  [perX, perY]: readonly [number, number],
): { inside: number; outside: number } {
  let [inside, outside] = [-1, 1];
  for (let step = 0; step <= 200; step++) {
    // The cross-section at a height throws a square of the same size, moved.
    const z = (height * step) / 200;
    const away = Math.max(Math.abs(x + perX * z), Math.abs(y + perY * z));
    inside = Math.max(inside, half - away);
    outside = Math.min(outside, away - half);
  }
  return { inside, outside };
}

test('nothing that is convex and alone shades itself where light falls on it', () => {
  const camera = lookAt([0.3, -0.4, 0.35], [0, 0, 0], 0.7);
  for (const mesh of [sphere(0.1, 24), box(0.1, 0.06, 0.08), sphere(0.03, 6)]) {
    for (const direction of [
      [0.3, 0.4, -1],
      [-1, 0.2, -0.1],
      [0, 0, -1],
    ] as const) {
      const scene = sceneOf(thing(mesh, { rotation: matrixFromAxisAngle([0.3, 0.2, 0.1]) }));
      const lit: RenderScene = { ...scene, light: { ...scene.light, direction } };
      const [shadowed, plain] = [draw(lit, camera, 64, 64, {}), draw(lit, camera, 64)];
      const darker = shadowed.rgb.map((level, i) => (plain.rgb[i] as number) - level);
      // Light that comes in almost level is lost on facets that bend away from it: a few levels in a few pixels.
      expect(Math.max(...darker)).toBeLessThan(40);
      expect(darker.reduce((sum, n) => sum + n, 0) / plain.rgb.filter((n) => n > 0).length).toBeLessThan(0.5);
    }
  }
});

test('a floor far below is in the shadow of what is straight above, not of what is elsewhere or far away', () => {
  const scene = sceneOf(
    thing(rectangle(6), { position: [0, 0, -2], shadow: false }),
    thing(box(0.1, 0.1, 0.1), { id: 2 }),
    thing(box(0.1, 0.1, 0.1), { id: 3, position: [0.3, 0.4, 0] }),
    thing(box(0.1, 0.1, 0.1), { id: 4, position: [50, 0, 0] }),
  );
  const camera = lookAt([0, -3, -1], [0.1, 0.2, -2], 0.5);
  const [picture, bright] = [draw(scene, camera, 80, 80, {}), draw(scene, camera, 80)];
  const counts = { lit: 0, shadow: 0 };
  for (let k = 0; k < 80 * 80; k++) {
    if (picture.segmentation[k] !== 1) continue;
    const [x, y] = unproject(camera, 80, 80, (k % 80) + 0.5, Math.floor(k / 80) + 0.5, picture.depth[k] as number);
    const away = Math.min(Math.max(Math.abs(x), Math.abs(y)), Math.max(Math.abs(x - 0.3), Math.abs(y - 0.4)));
    const darker = pixelOf(picture, k).join() !== pixelOf(bright, k).join();
    if (away > 0.11) expect(darker).toBe(false);
    if (away < 0.09) expect(darker).toBe(true);
    counts[away < 0.09 ? 'shadow' : 'lit']++;
  }
  expect(counts.lit).toBeGreaterThan(1000);
  expect(counts.shadow).toBeGreaterThan(25);
});

const RED_AND_WHITE = [
  [255, 0, 0],
  [255, 255, 255],
] as const;

const flatLight: Light = { direction: [0, 0, -1], directional: 0, ambient: 0.8, temperature: 6500 };

test('shadows are those of where things are, whatever moved before', () => {
  const place = fc.tuple(fc.integer({ min: 0, max: 11 }), fc.integer({ min: -6, max: 6 }), fc.integer({ min: -4, max: 4 }));
  const camera = lookAt([0.5, -1, 1], [0, 0, 0]);
  const move = (scene: RenderScene, [index, x, y]: readonly [number, number, number]): void => {
    const instance = scene.instances[3 + index] as RenderScene['instances'][number];
    instance.position = [0.1 * x, 0.1 * y, instance.position[2]];
  };
  fc.assert(
    fc.property(fc.array(fc.option(place), { minLength: 1, maxLength: 12 }), (moves) => {
      const [scene, again] = [tableScene(), tableScene()];
      const renderer = createRenderer(scene);
      for (const step of moves) {
        if (step) move(scene, step);
        renderer.updateShadows();
      }
      for (const step of moves) if (step) move(again, step);
      const picture = createPicture(48, 48);
      renderer.render(camera, picture);
      expect(picture.rgb).toEqual(draw(again, camera, 48, 48, {}).rgb);
    }),
    { numRuns: 30, seed: 1 },
  );
});

test('a texture lies as its coordinates say: u to the right, v down, and repeats', () => {
  const data = Uint8Array.from({ length: 3 * 4 * 2 }, (_, i) => 10 * i);
  const material = { color: [1, 1, 1] as const, texture: { width: 4, height: 2, data } };
  const scene = { ...sceneOf(thing(rectangle(0.5, 2), { material })), light: flatLight };
  const size = 256;
  const camera = fromAbove(2, 0.6);
  const picture = draw(scene, camera, size);
  for (let column = 0; column < 8; column++) {
    for (let row = 0; row < 4; row++) {
      // The middle of a texel: 8 × 4 of them, of 1/8 by 1/4 metres
      const { x, y } = project(camera, size, size, [-0.5 + (column + 0.5) / 8, 0.5 - (row + 0.5) / 4, 0]);
      const texel = 3 * ((row % 2) * 4 + (column % 4));
      pixelOf(picture, Math.floor(y) * size + Math.floor(x)).forEach((level, channel) => {
        expect(Math.abs(level - (data[texel + channel] as number))).toBeLessThanOrEqual(4);
      });
    }
  }
});

test('a fine texture far away is its mean colour, and does not shimmer', () => {
  const material = { color: [1, 1, 1] as const, texture: checks(64, RED_AND_WHITE) };
  const mean = encode((0 + 1) / 2);
  // A pixel takes in 20 and 70 texels.
  for (const [repeats, height] of [
    [55, 1],
    [200, 1],
    [200, 1.003],
  ] as const) {
    const scene = { ...sceneOf(thing(rectangle(3, repeats), { material })), light: flatLight };
    const picture = draw(scene, fromAbove(height, 1), 32);
    for (let k = 0; k < 32 * 32; k++) {
      const [red, green] = pixelOf(picture, k) as [number, number];
      expect(red).toBe(255);
      expect(Math.abs(green - mean)).toBeLessThan(3);
    }
  }
});

test('four samples change colours at edges, and neither depth nor segmentation', () => {
  const camera = lookAt([0, -0.7, 0.6], [0, 0, 0]);
  const scene = tableScene();
  const [one, four] = [draw(scene, camera, 64, 48, {}), draw(scene, camera, 64, 48, { samples: 4 })];
  const twice = draw(scene, camera, 128, 96, {});
  expect(four.depth).toEqual(one.depth);
  expect(four.segmentation).toEqual(one.segmentation);
  expect(four.rgb).not.toEqual(one.rgb);
  for (let i = 0; i < four.rgb.length; i++) {
    const [x, y, channel] = [Math.floor(i / 3) % 64, Math.floor(i / 3 / 64), i % 3];
    const levels = [0, 1, 128, 129].map((next) => twice.rgb[3 * (2 * y * 128 + 2 * x + next) + channel] as number);
    const mean = encode(levels.reduce((sum, level) => sum + decode(level / 255) / 4, 0));
    expect(Math.abs((four.rgb[i] as number) - mean)).toBeLessThanOrEqual(1);
  }
});

test('the brightest light there may be is white on white, not dark', () => {
  const light: Light = { direction: [0, 0, -1], directional: 2, ambient: 1, temperature: 1667 };
  const picture = draw({ ...sceneOf(thing(rectangle(2), { material: { color: [1, 1, 1] } })), light }, fromAbove(1, 1), 4);
  expect(pixelOf(picture, 5).slice(0, 2)).toEqual([255, 255]);
  const room = draw({ ...sceneOf(thing(rectangle(2), { material: { color: [0.9, 0.9, 0.9] } })), light: ROOM_LIGHT }, fromAbove(1, 1), 4);
  for (const level of pixelOf(room, 5)) expect(level).toBeGreaterThan(200);
});

test('segmentation and depth can be shown in colours', () => {
  const ids = Uint16Array.from({ length: 40 }, (_, i) => i);
  const colors = colorSegmentation(ids);
  expect([...colors.subarray(0, 3)]).toEqual([0, 0, 0]);
  const distinct = new Set(Array.from(ids, (id) => colors.subarray(3 * id, 3 * id + 3).join()));
  expect(distinct.size).toBe(40);
  const shown = colorDepth(Float32Array.of(1, 2, 3, Number.POSITIVE_INFINITY));
  const [near, far] = [shown.subarray(0, 3), shown.subarray(6, 9)] as unknown as [number[], number[]];
  expect(near[0]).toBeGreaterThan(2 * (near[2] as number));
  expect(far[2]).toBeGreaterThan(far[0] as number);
  expect([...shown.subarray(9)]).toEqual([0, 0, 0]);
  expect(colorDepth(Float32Array.of(5, 0.5), { near: 1, far: 3 })).toEqual(colorDepth(Float32Array.of(3, 1)));
});
