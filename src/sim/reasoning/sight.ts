/** What one camera sees of the things of a scene: how many pixels of each, where they are, and how much of it is hidden. */
import type { View } from '../../robot/canonical.ts';
import { invertRotation, multiplyRotations, rotateVector } from '../../robot/rotation.ts';
import type { Pose } from '../../robot/se3.ts';
import { subtract3, type Vec3 } from '../../robot/vectors.ts';
import { bodyName } from '../mjcf.ts';
import type { Visual } from '../objects/model.ts';
import { focalLength } from '../render/camera.ts';
import { createPicture } from '../render/picture.ts';
import type { Camera, Picture } from '../render/types.ts';
import type { Views } from '../views.ts';
import type { Box2d } from './sample.ts';
import type { ThingNow } from './things.ts';

/** What is seen of a thing or of one of its parts. */
export interface Seen {
  /** Its numbers in the segmentation */
  readonly ids: readonly number[];
  readonly pixels: number;
  /** Around exactly these pixels */
  readonly box: Box2d;
  /** Which share of its outline is seen: the rest is hidden by others, or outside of the picture */
  readonly share: number;
}

/** A picture, and what is seen in it. */
export interface Sight {
  /** One of the robot's cameras, or one that looks at the table from somewhere */
  readonly view: View | 'scene';
  readonly camera: Camera;
  readonly picture: Picture;
  /** By the names of bodies: `mug`, and `cabinet` for all of it, `cabinet/top drawer` for a part. Only what has pixels. */
  readonly seen: ReadonlyMap<string, Seen>;
  /** Pixels of the bodies of the robot that are seen */
  readonly robot: ReadonlyMap<string, number>;
  /** The number of table, floor and walls in the segmentation */
  readonly room: number;
}

/** What has fewer pixels than this, or a smaller share of its outline, is not asked about. */
const [FEWEST_PIXELS, LEAST_SHARE] = [40, 0.25];

/** Whether enough is seen of something to ask about it. */
export const isClear = (seen: Seen | undefined): seen is Seen =>
  seen !== undefined && seen.pixels >= FEWEST_PIXELS && seen.share >= LEAST_SHARE;

/** Takes a picture of so many pixels to the side: with a camera of the robot, or with another one. `views.update()` must have been called. */
export function takeSight(views: Views, from: View | Camera, things: readonly ThingNow[], size: number): Sight {
  const picture = createPicture(size, size);
  const ofRobot = typeof from === 'string';
  if (ofRobot) views.take(from, picture);
  else views.takeFrom(from, picture);
  const camera = ofRobot ? views.camera(from) : from;
  const extents = extentsOf(picture, Math.max(...views.segments.keys()));
  const seen = new Map<string, Seen>();
  for (const thing of things) {
    const links = [
      { visuals: thing.model.body.visuals, pose: thing.pose },
      ...thing.parts.map(({ part, pose }) => ({ visuals: part.visuals, pose })),
    ];
    const add = (name: string, ids: readonly number[], of: readonly Solid[]): void => {
      const extent = joined(ids.map((id) => extents[id] as Extent));
      if (extent.pixels === 0) return;
      const { pixels, left, top, right, bottom } = extent;
      seen.set(name, {
        ids,
        pixels,
        box: [left, top, right, bottom],
        share: pixels < FEWEST_PIXELS ? 0 : shareSeen(camera, picture, ids, of),
      });
    };
    add(thing.id, views.idsOf(thing.id), links);
    for (const [i, { part }] of thing.parts.entries()) {
      add(bodyName(thing.id, part.name), views.idsOf(thing.id, part.name), links.slice(i + 1, i + 2));
    }
  }
  const robot = new Map<string, number>();
  let room = 0;
  for (const [id, segment] of views.segments) {
    if (segment.kind === 'room') room = id;
    const { pixels } = extents[id] as Extent;
    if (segment.kind === 'robot' && pixels > 0) robot.set(segment.body, pixels);
  }
  return { view: ofRobot ? from : 'scene', camera, picture, seen, robot, room };
}

/** Where the pixels of one number are. */
interface Extent {
  pixels: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function extentsOf({ width, height, segmentation }: Picture, largest: number): Extent[] {
  const extents = Array.from({ length: largest + 1 }, (): Extent => ({ pixels: 0, left: width, top: height, right: 0, bottom: 0 }));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const extent = extents[segmentation[y * width + x] as number] as Extent;
      extent.pixels++;
      if (x < extent.left) extent.left = x;
      if (x >= extent.right) extent.right = x + 1;
      if (y < extent.top) extent.top = y;
      extent.bottom = y + 1;
    }
  }
  return extents;
}

function joined(extents: readonly Extent[]): Extent {
  const of = (key: keyof Extent): number[] => extents.map((extent) => extent[key]);
  return {
    pixels: of('pixels').reduce((sum, n) => sum + n, 0),
    left: Math.min(...of('left')),
    top: Math.min(...of('top')),
    right: Math.max(...of('right')),
    bottom: Math.max(...of('bottom')),
  };
}

/** Meshes that move together. */
interface Solid {
  readonly visuals: readonly Visual[];
  readonly pose: Pose;
}

/** Triangles of a mesh that are looked at, at most; and pixels for each point of a larger one */
const [MOST_TRIANGLES, PIXELS_PER_POINT] = [300, 12];

/**
 * The share of an outline whose pixels are its own: points on the triangles that face the camera, each standing for as much of the
 * picture as its share of its triangle. What the thing itself hides is hidden by pixels of its own, and counts as seen.
 */
function shareSeen(camera: Camera, picture: Picture, ids: readonly number[], solids: readonly Solid[]): number {
  const { width, height, segmentation } = picture;
  const f = focalLength(camera, height);
  const back = invertRotation(camera.rotation);
  let [own, all] = [0, 0];
  for (const { visuals, pose } of solids) {
    const rotation = multiplyRotations(back, pose.rotation);
    const position = rotateVector(back, subtract3(pose.position, camera.position));
    for (const { mesh } of visuals) {
      const { positions, indices } = mesh;
      const triangles = indices.length / 3;
      const stride = Math.ceil(triangles / MOST_TRIANGLES);
      for (let t = 0; t < triangles; t += stride) {
        const corners = [0, 1, 2].map((corner) => {
          const at = 3 * (indices[3 * t + corner] as number);
          const v = rotateVector(rotation, [positions[at] as number, positions[at + 1] as number, positions[at + 2] as number]);
          const depth = -(v[2] + position[2]);
          return [width / 2 + ((v[0] + position[0]) * f) / depth, height / 2 - ((v[1] + position[1]) * f) / depth, depth] as const;
        }) as unknown as readonly [Vec3, Vec3, Vec3];
        const [a, b, c] = corners;
        if (a[2] < 0.01 || b[2] < 0.01 || c[2] < 0.01) continue;
        // Counter-clockwise from outside, but y is down in pictures
        const area = -((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])) / 2;
        if (area <= 0) continue;
        const rows = Math.min(Math.ceil(Math.sqrt(area / PIXELS_PER_POINT)), 12);
        let hits = 0;
        for (const [u, v] of pointsInTriangle(rows)) {
          const x = Math.floor(a[0] + u * (b[0] - a[0]) + v * (c[0] - a[0]));
          const y = Math.floor(a[1] + u * (b[1] - a[1]) + v * (c[1] - a[1]));
          if (x >= 0 && x < width && y >= 0 && y < height && ids.includes(segmentation[y * width + x] as number)) hits++;
        }
        own += (area * stride * hits) / (rows * rows);
        all += area * stride;
      }
    }
  }
  return all === 0 ? 0 : own / all;
}

const grids: (readonly (readonly [number, number])[])[] = [];

/** The middles of rows² equal triangles within one, as shares of two of its sides. */
function pointsInTriangle(rows: number): readonly (readonly [number, number])[] {
  grids[rows] ??= Array.from({ length: rows }, (_, i) =>
    Array.from({ length: rows - i }, (_, j) => {
      const upright: [number, number] = [(i + 1 / 3) / rows, (j + 1 / 3) / rows];
      const turned: [number, number] = [(i + 2 / 3) / rows, (j + 2 / 3) / rows];
      return i + j + 2 <= rows ? [upright, turned] : [upright];
    }).flat(),
  ).flat();
  return grids[rows] as readonly (readonly [number, number])[];
}
