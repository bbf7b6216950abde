/**
 * The kitchen of the suites after LIBERO: a cabinet with drawers to the left of the table, a stove to its right, and a table between
 * them. Everything is where robots with one arm reach it, drawers when they are open, too.
 */
import type { Vec3 } from '../../robot/vectors.ts';
import { fixtureModel } from '../objects/fixtures.ts';
import type { ObjectModel } from '../objects/model.ts';
import type { Thing } from '../scene.ts';
import type { Placement, Region } from './layout.ts';

/** How far a drawer is open when it is open in the beginning, metres */
export const OPEN_DRAWER = 0.168;

/** Where things stand on the table. */
export const COUNTER: Region = { x: [-0.2, 0.2], y: [-0.4, 0.1] };
/** Where they stand when a drawer is open: from there they can be lifted straight up. */
export const CLEAR_OF_DRAWERS: Region = { x: [-0.22, 0.2], y: [-0.42, 0] };

/** The cabinet; its drawers come out to the right. */
export const cabinet = (joints: Thing['joints'] = {}): Placement => ({
  id: 'cabinet',
  model: fixtureModel('wooden cabinet'),
  region: { x: [-0.07, -0.02], y: [0.42, 0.44] },
  yaw: [Math.PI / 2 - 0.08, Math.PI / 2 + 0.08],
  joints,
});

/** The stove; its knob is towards the robot. */
export const stove = (): Placement => ({
  id: 'stove',
  model: fixtureModel('stove'),
  region: { x: [0.14, 0.18], y: [-0.38, -0.34] },
  yaw: [-0.1, 0.1],
});

/** Something round, on the table unless said otherwise. */
export const round = (
  id: string,
  model: ObjectModel,
  { region = COUNTER, gap = 0 }: Partial<Pick<Placement, 'region' | 'gap'>> = {},
): Placement => ({
  id,
  model,
  region,
  gap,
  yaw: [0, 0],
});

/** A square about a point, so far to each side. */
export const around = (x: number, y: number, by: number): Region => ({ x: [x - by, x + by], y: [y - by, y + by] });

/** Whether a place is in a region, seen from above. */
export const contains = (region: Region, [x, y]: Vec3): boolean =>
  x >= region.x[0] && x <= region.x[1] && y >= region.y[0] && y <= region.y[1];
