/** Other rooms: floors, walls and tables that training never sees. */
import type { RandomStream } from '../../tensor/random.ts';
import type { EpisodePlan } from '../episode.ts';
import type { Material, Rgb } from '../material.ts';
import { HELD_OUT_ROOMS } from '../rooms.ts';
import type { Room } from '../scene.ts';

/** Of its colours, what a tint takes away at most */
const TINT = { light: 0.25, deep: 0.5 } as const;

/**
 * Changes the surfaces of the room but not its light, and nothing else. Walls and floor are always others; the table, which is most of
 * what the cameras see, is as it was, lightly tinted, another one, another one lightly tinted, and at last one deeply tinted.
 */
export function perturbBackground(plan: EpisodePlan, strength: number, random: RandomStream): EpisodePlan {
  const { room } = plan.scene;
  const { table, floor, wall } = mixedRoom(random);
  const tint: Rgb = [random.uniform(), random.uniform(), random.uniform()];
  const tables = [room.table, tinted(room.table, tint, TINT.light), table, tinted(table, tint, TINT.light), tinted(table, tint, TINT.deep)];
  const changed = { name: `${room.name}, changed`, table: tables[strength - 1] as Material, floor, wall, light: room.light };
  return { ...plan, scene: { ...plan.scene, room: changed } };
}

/** A surface that gives back less of some colours: as much less as the tint says, at most so much. */
function tinted(surface: Material, tint: Rgb, most: number): Material {
  const [r, g, b] = surface.color;
  return { ...surface, color: [r * (1 - most * tint[0]), g * (1 - most * tint[1]), b * (1 - most * tint[2])] };
}

/** A room of which each surface is that of another one among those that training never sees. */
export function mixedRoom(random: RandomStream): Room {
  const [table, floor, wall] = random.permutation(HELD_OUT_ROOMS.length).map((i) => HELD_OUT_ROOMS[i] as Room) as [Room, Room, Room];
  return {
    name: `${table.name}, ${floor.name}, ${wall.name}`,
    table: table.table,
    floor: floor.floor,
    wall: wall.wall,
    light: table.light,
  };
}
