/** Other rooms: floors, walls and tables that training never sees. */
import type { RandomStream } from '../../tensor/random.ts';
import type { EpisodePlan } from '../episode.ts';
import { HELD_OUT_ROOMS } from '../rooms.ts';
import type { Room } from '../scene.ts';

/** What changes at each strength, the least visible first */
const SURFACES = [['wall'], ['floor'], ['floor', 'wall'], ['table'], ['floor', 'wall', 'table']] as const;

/** Changes the surfaces of the room but not its light, and nothing else. */
export function perturbBackground(plan: EpisodePlan, strength: number, random: RandomStream): EpisodePlan {
  const others = mixedRoom(random);
  const changed = Object.fromEntries((SURFACES[strength - 1] ?? []).map((surface) => [surface, others[surface]]));
  return { ...plan, scene: { ...plan.scene, room: { ...plan.scene.room, ...changed, name: `${plan.scene.room.name}, changed` } } };
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
