/** Balls, told apart by what is on them. */
import type { Vec3 } from '../../../robot/vectors.ts';
import { cos, sin } from '../../../tensor/portable-math.ts';
import type { Mesh } from '../../mesh.ts';
import { torusMesh } from '../../meshes/solids.ts';
import { tubeMesh } from '../../meshes/tube.ts';
import { type Kind, moved, paint, xyz } from '../draft.ts';
import { COLORS, shade, textured } from '../look.ts';
import { ballOf, bulge, turned } from './upright.ts';

const sphere = (r: number, segments = 18): Mesh => turned(bulge(r, r, r, -90, 90, 9), { smoothAngle: 3, segments });

/** A toy ball. */
export const ball: Kind = (look, vary) => {
  const r = vary(20, 29);
  const bandAround = turned(bulge(r + 0.3, r + 0.3, r, -12, 12, 2), { smoothAngle: 3, segments: 18 });
  return ballOf([paint(look.main, sphere(r)), ...(look.patterned ? [] : [paint(look.accent, bandAround)])], r, vary(60, 150));
};

/** Coloured wedges that meet in white poles. */
export const beachBall: Kind = (look, vary) => {
  const r = vary(25, 29);
  const wedges = textured('wedges', [look.color, COLORS.white, COLORS.yellow, COLORS.white, COLORS.blue, COLORS.white], { repeats: 6 });
  const pole = (from: number, to: number) => turned(bulge(r + 0.3, r + 0.3, r, from, to, 2), { smoothAngle: 3 });
  return ballOf(
    [
      paint(wedges, moved(turned(bulge(r, r, r, -90, 90, 9), { smoothAngle: 3, segments: 18, around: 1 }), [0, 0, 0])),
      paint(COLORS.white, pole(72, 90)),
    ],
    r,
    vary(40, 80),
  );
};

/** Yellowish felt with a white seam that swings around it. */
export const tennisBall: Kind = (look, vary) => {
  const r = vary(26, 29);
  const seam = Array.from({ length: 33 }, (_, i): Vec3 => {
    const t = (2 * Math.PI * i) / 32;
    // On the unit sphere: a curve that goes up and down twice around it
    const [x, y, z] = [cos(t) + 0.35 * cos(3 * t), sin(t) - 0.35 * sin(3 * t), 1.15 * cos(2 * t)];
    const scale = (r + 0.1) / Math.sqrt(x * x + y * y + z * z);
    return [x * scale, y * scale, z * scale + r];
  });
  return ballOf(
    [paint(textured('noise', [look.color, shade(look.color, 0.9)]), sphere(r)), paint(COLORS.white, tubeMesh(seam, 1.3, 5))],
    r,
    vary(50, 65),
  );
};

/** Orange, with black lines. */
export const basketball: Kind = (look, vary) => {
  const r = vary(26, 29);
  const line = (angles: Vec3): Mesh => moved(torusMesh(r - 0.4, 0.8, { segments: 20, sides: 3 }), [0, 0, r], angles);
  return ballOf(
    [
      paint(look.color, sphere(r)),
      paint(COLORS.black, line([0, 0, 0]), line([90, 0, 20]), line([90, 0, 110]), line([45, 0, 0]), line([-45, 0, 0])),
    ],
    r,
    vary(80, 140),
  );
};

/** White, with black patches where the corners of an icosahedron are. */
export const football: Kind = (look, vary) => {
  const r = vary(26, 29);
  const patch = turned(bulge(r + 0.35, r + 0.35, 0, 66, 90, 2), { smoothAngle: 3, segments: 5 });
  const corners: Vec3[] = [
    xyz(0, 0, 0),
    xyz(180, 0, 36),
    ...[0, 1, 2, 3, 4].flatMap((i): Vec3[] => [xyz(0, 63.4, 72 * i - 100), xyz(0, 116.6, 72 * i - 64)]),
  ];
  return ballOf(
    [paint(look.color, sphere(r)), paint(COLORS.black, ...corners.map((angles) => moved(patch, [0, 0, r], angles)))],
    r,
    vary(80, 140),
  );
};
