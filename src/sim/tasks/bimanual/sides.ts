/** Where things are in tasks for two arms: on the left, on the right, or in the middle, where both arms reach. World frame, metres. */
import type { RandomStream } from '../../../tensor/random.ts';
import type { Region } from '../layout.ts';

/** A side of the table, or of the robot. */
export type Side = 'left' | 'right';

/** The other one. */
export const opposite = (side: Side): Side => (side === 'left' ? 'right' : 'left');

/** Either side, as likely. */
export const anySide = (random: RandomStream): Side => (random.integer(2) === 0 ? 'left' : 'right');

/** Where only the arm of a side works, unless x or the distance from the middle are told otherwise. */
export const onSide = (side: Side, x: Region['x'] = [-0.06, 0.08], away: Region['y'] = [0.15, 0.25]): Region => ({
  x,
  y: side === 'left' ? away : [-away[1], -away[0]],
});

/** Where both arms work. */
export const IN_THE_MIDDLE: Region = { x: [-0.08, 0.05], y: [-0.03, 0.03] };
