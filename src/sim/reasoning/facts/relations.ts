/** Where things are to each other, as the camera sees it. */
import { length3, subtract3 } from '../../../robot/vectors.ts';
import type { Fact } from '../balance.ts';
import { type Footprint, footprintsOf, overlap } from '../footprints.ts';
import { alongTable } from '../frames.ts';
import type { Moment } from '../moment.ts';
import { fullName } from '../names.ts';
import { isClear } from '../sight.ts';
import type { ThingNow } from '../things.ts';
import { IN_DEPTH, NEARER, SIDEWAYS } from '../topics.ts';

/** Metres by which two things must be apart in the direction that is asked about, and how much of that they may be apart across it */
const [APART, ACROSS] = [0.04, 1.5];
/** How much nearer, as a factor and in metres, one of two things must be to a third */
const NEARER_BY = { factor: 1.4, metres: 0.04 };

/** A thing with a name. */
interface Named {
  readonly thing: ThingNow;
  readonly name: string;
  /** To the right and away from the camera, along the table, metres */
  readonly at: readonly [number, number];
  readonly footprints: readonly Footprint[];
}

/** Left and right, before and behind, near and far. */
export function relationFacts(moments: readonly Moment[]): Fact[] {
  return moments.flatMap((moment, number) => {
    const named = namedThings(moment);
    const pairs = named.flatMap((a) => named.filter((b) => a !== b).map((b): [Named, Named] => [a, b]));
    return [...pairs.flatMap(([a, b]) => between(a, b)), ...distances(moment, named)].map((fact) => ({ ...fact, moments: [number] }));
  });
}

type NewFact = Omit<Fact, 'moments'>;

/** Nothing for what is above, below or within the other. */
function between(a: Named, b: Named): NewFact[] {
  if (a.footprints.some((one) => b.footprints.some((other) => overlap(one, other)))) return [];
  const [right, away] = [a.at[0] - b.at[0], a.at[1] - b.at[1]];
  const slots = { a: a.name, b: b.name };
  const [x, y] = [Math.abs(right), Math.abs(away)];
  const facts: NewFact[] = [];
  if (x > APART && y < ACROSS * x) facts.push({ topic: SIDEWAYS, slots, value: right < 0 ? 'left' : 'right' });
  if (y > APART && x < ACROSS * y) facts.push({ topic: IN_DEPTH, slots, value: away < 0 ? 'in front of' : 'behind' });
  return facts;
}

/** Which of two is nearer to a third thing, or to the gripper of a robot that has but one. */
function distances({ grippers }: Moment, named: readonly Named[]): NewFact[] {
  const [gripper, another] = grippers;
  const centres = [
    ...named.map(({ name, thing: { middle } }) => ({ name, middle })),
    ...(gripper?.seen && !another && gripper.holds === undefined ? [{ name: 'gripper', middle: gripper.tool.position }] : []),
  ];
  return centres.flatMap((centre) => {
    const others = named.filter(({ name }) => name !== centre.name);
    return others.flatMap((a, i) =>
      others.slice(i + 1).flatMap((b) => {
        const [p, q] = [a, b].map(({ thing: { middle } }) => length3(subtract3(middle, centre.middle))) as [number, number];
        if (Math.max(p, q) < NEARER_BY.factor * Math.min(p, q) || Math.abs(p - q) < NEARER_BY.metres) return [];
        const pair = [a.name, b.name].toSorted().join(' / ');
        return [{ topic: NEARER, slots: { c: centre.name, pair }, value: p < q ? a.name : b.name }];
      }),
    );
  });
}

function namedThings({ things, sight }: Moment): Named[] {
  return things.flatMap((thing) => {
    const name = fullName(thing, things);
    if (name === undefined || !isClear(sight.seen.get(thing.id))) return [];
    const at = alongTable(sight.camera, thing.middle);
    return at ? [{ thing, name, at, footprints: footprintsOf(thing) }] : [];
  });
}
