/** Whether the codes of a transition say where the tool moves: a linear probe for one of six directions. */
import { latentActionConfig } from '../src/model/latent-actions.ts';
import type { Vec3 } from '../src/robot/vectors.ts';
import { groupOf, movesOf, type Window } from './latent-actions-clips.ts';
import { type Estimate, estimate, fitProbe, type Labelled } from './latent-actions-measures.ts';

const { slots, transitions, entries } = latentActionConfig().codes;

/** Along the three axes of the robot's base frame, both ways */
export const DIRECTIONS = ['+x forward', '−x back', '+y left', '−y right', '+z up', '−z down'] as const;

/** Metres in a transition, below which nothing moves */
const STILL = 0.01;

/** A window, and its entries by latent position. */
export interface Coded {
  readonly window: Window;
  readonly codes: readonly number[];
}

/** How well directions are told. */
export interface Probed {
  /** How often the probe is right, how often the most frequent direction of training is, and how much more often the probe */
  readonly accuracy: Estimate;
  readonly chance: Estimate;
  readonly gain: Estimate;
  /** Transitions by their direction (rows) and by the one that is told, in the order of DIRECTIONS */
  readonly confusion: readonly (readonly number[])[];
}

/** Of six directions the one that a motion is nearest to, as an index into DIRECTIONS; undefined for less than STILL. */
function directionOf(move: Vec3): number | undefined {
  const sizes = move.map(Math.abs);
  const most = Math.max(...sizes);
  const axis = sizes.indexOf(most);
  return most < STILL ? undefined : 2 * axis + ((move[axis] as number) < 0 ? 1 : 0);
}

/** A transition in which the tool moves: its codes, and where to. */
interface Move extends Labelled {
  readonly transition: number;
  readonly group: string;
}

const movesToTell = (coded: readonly Coded[]): Move[] =>
  coded.flatMap(({ window, codes }) =>
    movesOf(window).flatMap((move, transition) => {
      const label = directionOf(move);
      const own = codes.slice(transition * slots, (transition + 1) * slots);
      return label === undefined ? [] : [{ codes: own, label, transition, group: groupOf(window) }];
    }),
  );

/**
 * Fits a linear probe to some windows and tries it on others. There is one for each of the four transitions: what codes mean may depend on
 * which it is.
 */
export function probe(training: readonly Coded[], heldOut: readonly Coded[], seed: number): Probed {
  const [known, asked] = [movesToTell(training), movesToTell(heldOut)];
  const probes = Array.from({ length: transitions }, (_, j) =>
    fitProbe(
      known.filter(({ transition }) => transition === j),
      entries,
      DIRECTIONS.length,
    ),
  );
  const counts = DIRECTIONS.map((_, label) => known.filter((one) => one.label === label).length);
  const usual = counts.indexOf(Math.max(...counts));
  const parts = asked.map(({ codes, label, transition, group }) => ({ group, label, told: probes[transition]?.(codes) }));
  const over = (share: (part: (typeof parts)[number]) => number): Estimate =>
    estimate(
      parts.map((part) => ({ group: part.group, of: 1, share: share(part) })),
      seed,
    );
  const right = (told: number | undefined, label: number): number => (told === label ? 1 : 0);
  return {
    accuracy: over(({ told, label }) => right(told, label)),
    chance: over(({ label }) => right(usual, label)),
    gain: over(({ told, label }) => right(told, label) - right(usual, label)),
    confusion: DIRECTIONS.map((_, row) =>
      DIRECTIONS.map((_, column) => parts.filter(({ label, told }) => label === row && told === column).length),
    ),
  };
}
