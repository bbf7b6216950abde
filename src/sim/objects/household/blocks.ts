/** Building blocks. */
import type { Material } from '../../material.ts';
import type { Grasp, ObjectModel } from '../model.ts';
import { block, fixture, graspFrom, link } from './build.ts';
import { surface } from './containers.ts';

const DOWN = Math.PI / 2;
/** Sides of a cube, metres */
const SIDE = 0.045;

/** A cube to stack. */
export function cube(color: string, material: Material): ObjectModel {
  const half = SIDE / 2;
  const body = link(0.06, block([-half, -half, 0], [half, half, SIDE], material, { bevel: 0.002 }));
  const grasps = [0, DOWN].map((yaw) => graspFrom({ at: [0, 0, half], pitch: DOWN, yaw, width: SIDE, part: 'body' }));
  return fixture({ noun: 'block', adjectives: [color], category: 'block-like', body, grasps, places: [surface(0, 0, SIDE, 0.018, 0.018)] });
}

/** A long block that lies along x, to be handed over: one hand holds the left half, one the right. */
export function longBlock(color: string, material: Material): ObjectModel {
  const [long, half, height] = [0.1, 0.019, 0.038];
  const body = link(0.12, block([-long, -half, 0], [long, half, height], material, { bevel: 0.002 }));
  const grasp = (x: number, part: string): Grasp => graspFrom({ at: [x, 0, height / 2], pitch: DOWN, width: 2 * half, part });
  const grasps = [grasp(0, 'middle'), grasp(-0.065, 'near end'), grasp(0.065, 'far end')];
  return fixture({ noun: 'block', adjectives: ['long', color], category: 'block-like', body, grasps });
}
