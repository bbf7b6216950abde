/**
 * Checks of rotations as they are stored: that they are such in their convention, turn as arms do, and keep to one of two numbers for
 * the same rotation. Columns are known by a binding, or looked for by their names.
 */
import { type Mat3, rotationAngle } from '../../robot/rotation.ts';
import {
  decodeRotation,
  plausibleConventions,
  type RotationConvention,
  rotationDefect,
  rotationDims,
} from '../../robot/rotation-conventions.ts';
import { armsOf, type Binding, positionsOf } from '../binding.ts';
import type { Feature } from '../source.ts';
import { createTally, short, type Tally } from './findings.ts';
import type { EpisodeContext, RowCheck } from './row-checks.ts';
import { isIndex, isNumeric, widthOf } from './rows.ts';

/** Columns that are a rotation. */
export interface RotationColumns {
  readonly feature: string;
  /** Of the feature's elements */
  readonly positions: readonly number[];
  /** Conventions that the columns could be in; one where a binding declares it */
  readonly conventions: readonly [RotationConvention, ...RotationConvention[]];
  readonly declared: boolean;
}

/** How far the numbers of a rotation may be off (`rotationDefect`): enough for what was printed with three digits. */
const CONVENTION_TOLERANCE = 0.01;
/** Rotations that are no more off than this are such, only not quite normalised. */
const CONVENTION_ERROR = 0.1;
/**
 * Radians per second that no arm's tool turns at. Industrial wrists reach 7 (UR5e: 3.1 per joint), people moving a handheld gripper
 * somewhat less than 10 in what was recorded for UMI.
 */
export const TURN_SPEED = 10;
/** Bad rows that are kept, to find out what they could be */
const SAMPLES = 64;

/** The rotations that a binding declares. */
export function declaredRotations(binding: Binding, features: Readonly<Record<string, Feature>>): RotationColumns[] {
  const places = armsOf(binding).flatMap(([, { state, command }]) => [state, ...(command?.place ? [command.place] : [])]);
  const found = places.flatMap((place): RotationColumns[] => {
    if (place.kind !== 'pose') return [];
    const { feature, convention } = place.rotation;
    return [{ feature, positions: positionsOf(place.rotation, features), conventions: [convention], declared: true }];
  });
  return found.filter((one, i) => found.findIndex((other) => nameOf(other) === nameOf(one)) === i);
}

const nameOf = ({ feature, positions }: RotationColumns): string => `${feature}[${positions.join(', ')}]`;

/** What names say of numbers. */
const NAMED: readonly (readonly [name: RegExp, conventions: RotationColumns['conventions']])[] = [
  [/quat/i, ['quaternion-wxyz', 'quaternion-xyzw']],
  [/(rot|rmat|mat|^r|_r|[-_.]r)_?6d|6d_?rot/i, ['rmat6d-columns', 'rmat6d-rows', 'rmat6d-interleaved']],
  [/axis_?ang|rot_?vec/i, ['axis-angle']],
  [/euler|_rpy|^rpy/i, ['euler-xyz']],
  [/rot(ation)?_?mat(rix)?(?!_?6d)/i, ['matrix']],
];

/** What is observed is where something is; actions and differences are mostly how far to turn, which is no orientation. */
const OBSERVED = /^observation[._/]|(^|[._/])states?($|[._/])/i;
const DIFFERENCE = /delta|(^|[^a-z])(rel|relative|diff|vel|velocity)([^a-z]|$)/i;

/**
 * Columns that are called like rotations: whole features, or runs of elements. Those that are declared are left out, and so is all
 * that is not observed, or a difference by its name.
 */
export function namedRotations(features: Readonly<Record<string, Feature>>, declared: readonly RotationColumns[]): RotationColumns[] {
  const taken = new Set(declared.flatMap(({ feature, positions }) => positions.map((position) => `${feature}/${position}`)));
  return Object.entries(features).flatMap(([feature, content]) => {
    if (!isNumeric(content) || isIndex(feature) || !OBSERVED.test(feature) || DIFFERENCE.test(feature)) return [];
    const width = widthOf(content);
    return NAMED.flatMap(([name, conventions]) => {
      const dims = rotationDims(conventions[0]);
      const whole = name.test(feature) && width === dims ? [[...Array(width).keys()]] : [];
      const runs = whole.length > 0 ? whole : runsOf(content.names ?? [], name, dims);
      return runs
        .filter((positions) => !positions.some((position) => taken.has(`${feature}/${position}`)))
        .filter((positions) => !positions.some((position) => DIFFERENCE.test(content.names?.[position] ?? '')))
        .map((positions): RotationColumns => ({ feature, positions, conventions, declared: false }));
    });
  });
}

/** Runs of names that match, cut into parts of `dims`; runs of another length are something else. */
function runsOf(names: readonly string[], pattern: RegExp, dims: number): number[][] {
  const runs: number[][] = [];
  for (let i = 0; i < names.length; ) {
    let end = i;
    while (end < names.length && pattern.test(names[end] as string)) end++;
    if (end > i && (end - i) % dims === 0) {
      for (let at = i; at < end; at += dims) runs.push(Array.from({ length: dims }, (_, k) => at + k));
    }
    i = Math.max(end, i + 1);
  }
  return runs;
}

/** All checks of one rotation. */
export function rotationCheck(context: EpisodeContext, columns: RotationColumns, features: Readonly<Record<string, Feature>>): RowCheck {
  const { feature, positions, conventions } = columns;
  const width = widthOf(features[feature] as Feature);
  const values = new Float64Array(positions.length);
  const before = new Float64Array(positions.length);
  const [convention] = conventions;
  const quaternion = convention.startsWith('quaternion');
  const checkConvention = conventionCheck(context, columns);
  const checkTurn = turnCheck(context, columns);
  const sign = signTally(context, columns);
  const wrap = wrapTally(context, columns);
  let last: Mat3 | undefined;
  return ({ from, length, columns: { [feature]: column } }) => {
    if (!column) return;
    for (let row = 0; row < length; row++) {
      for (let i = 0; i < positions.length; i++) values[i] = column.data[row * width + (positions[i] as number)] as number;
      const frame = from + row;
      // What is no rotation does not turn.
      const rotation = checkConvention(frame, values) ? decoded(convention, values) : undefined;
      if (rotation && last) {
        const angle = rotationAngle(last, rotation);
        checkTurn(frame, angle);
        if (quaternion && dot(before, values) < 0) sign.add(frame);
        if (wrap && angle < 1 && values.some((value, i) => Math.abs(value - (before[i] as number)) > Math.PI)) wrap.add(frame);
      }
      before.set(values);
      last = rotation;
    }
  };
}

function decoded(convention: RotationConvention, values: Float64Array): Mat3 | undefined {
  try {
    return decodeRotation(convention, values);
  } catch {
    return undefined;
  }
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

/** Where the columns are, for a message. */
const placeOf = ({ feature, positions }: RotationColumns): string =>
  `${feature}[${positions[0]}${positions.every((p, i) => p === (positions[0] as number) + i) ? `–${positions.at(-1)}` : `, ${positions.slice(1).join(', ')}`}]`;

/** Says whether the numbers are a rotation in the first of the conventions. */
function conventionCheck(
  { findings, episode }: EpisodeContext,
  columns: RotationColumns,
): (frame: number, values: Float64Array) => boolean {
  const { conventions, declared, feature } = columns;
  const samples: number[][] = [];
  // A name leaves a choice: then the numbers are wrong if they are wrong in every way.
  const others = conventions.slice(1).map((convention) => ({ convention, tally: createTally() }));
  const [first] = conventions;
  const message = (size: number, frame: number): string => {
    const off = size === Number.POSITIVE_INFINITY ? 'not finite' : `off by up to ${short(size)}, in frame ${frame}`;
    // Beyond two turns, angles are in another unit; any three numbers could be other angles.
    const angles = first === 'euler-xyz' || first === 'axis-angle';
    const fitting = plausibleConventions(samples, CONVENTION_TOLERANCE).filter((one) => one !== first);
    const otherwise = fitting.length > 0 ? `; they could be ${fitting.join(' or ')}` : '; no known convention fits';
    const advice = angles && size > CONVENTION_TOLERANCE ? '; are these degrees?' : otherwise;
    return `${placeOf(columns)} is ${declared ? 'declared as' : 'called like'} ${first}, which the numbers are not (${off})${advice}`;
  };
  const tally: Tally = findings.tally(({ size, worst }) => ({
    check: 'rotation-convention',
    severity: declared && size > CONVENTION_ERROR ? 'error' : 'warning',
    episode,
    feature,
    message: message(size, worst),
  }));
  return (frame, values) => {
    if (!values.every(Number.isFinite)) return false;
    for (const { convention, tally: other } of others) {
      const defect = rotationDefect(convention, values);
      if (defect > CONVENTION_TOLERANCE) other.add(frame, defect);
    }
    const defect = rotationDefect(first, values);
    if (!(defect > CONVENTION_TOLERANCE)) return true;
    if (others.some(({ tally: other }) => !other.seen())) return false;
    if (samples.length < SAMPLES) samples.push([...values]);
    tally.add(frame, defect);
    return false;
  };
}

function turnCheck({ findings, episode, fps }: EpisodeContext, columns: RotationColumns): (frame: number, angle: number) => void {
  const tally = findings.tally(({ size, worst }) => ({
    check: 'rotation-jumps',
    severity: 'warning',
    episode,
    feature: columns.feature,
    message: `${placeOf(columns)} turns by up to ${short(size)} rad from one frame to the next, in frame ${worst}: more than ${TURN_SPEED} rad/s`,
  }));
  return (frame, angle) => {
    if (angle * fps > TURN_SPEED) tally.add(frame, angle);
  };
}

const signTally = ({ findings, episode }: EpisodeContext, columns: RotationColumns): Tally =>
  findings.tally(() => ({
    check: 'rotation-sign',
    severity: 'warning',
    episode,
    feature: columns.feature,
    ...(columns.declared && { remedy: 'mend' as const }),
    message: `the quaternion in ${placeOf(columns)} changes its sign from one frame to the next: the same rotation in numbers far apart`,
  }));

function wrapTally({ findings, episode }: EpisodeContext, columns: RotationColumns): Tally | undefined {
  const [convention] = columns.conventions;
  if (convention !== 'axis-angle' && convention !== 'euler-xyz') return undefined;
  return findings.tally(() => ({
    check: 'rotation-wrap',
    severity: 'warning',
    episode,
    feature: columns.feature,
    message: `the ${convention} in ${placeOf(columns)} jumps by more than π from one frame to the next, where the rotation does not: do not interpolate or normalise these numbers`,
  }));
}
