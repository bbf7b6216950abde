/** What is said of recorded moments, compared with poses, pixels and what the world itself says. */
import { beforeAll, describe, expect, test } from 'vitest';
import { length3, subtract3, type Vec3 } from '../../src/robot/vectors.ts';
import { bodyName } from '../../src/sim/mjcf.ts';
import type { Fact, Topic } from '../../src/sim/reasoning/balance.ts';
import { plural } from '../../src/sim/reasoning/english.ts';
import { relationFacts } from '../../src/sim/reasoning/facts/relations.ts';
import { robotFacts } from '../../src/sim/reasoning/facts/robot.ts';
import { sceneFacts } from '../../src/sim/reasoning/facts/scene.ts';
import { taskFacts } from '../../src/sim/reasoning/facts/task.ts';
import { cornersOf } from '../../src/sim/reasoning/frames.ts';
import type { Moment } from '../../src/sim/reasoning/moment.ts';
import { drawPool } from '../../src/sim/reasoning/pools.ts';
import { isClear, type Sight } from '../../src/sim/reasoning/sight.ts';
import { colorsAround } from '../../src/sim/reasoning/surroundings.ts';
import * as topics from '../../src/sim/reasoning/topics.ts';
import { createPicture } from '../../src/sim/render/picture.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { type Truth, type Watched, watch } from './reasoning-watched.ts';

type ThingNow = Moment['things'][number];

const TASKS = {
  shut: ['long/box-in-bottom-drawer', 'panda'],
  opened: ['goal/bowl-in-top-drawer', 'panda'],
  caddy: ['long/candle-and-shaker-in-caddy', 'panda'],
  pushed: ['goal/plate-in-front-of-stove', 'panda'],
  blocks: ['bimanual/stack-blocks-two', 'agilex'],
} as const;

const watched = {} as Record<keyof typeof TASKS, Watched>;
/** Of layouts, seen from two places each; in the last ones, much is blue or green */
let layouts: (readonly Moment[])[];
beforeAll(async () => {
  for (const [name, [task, robot]] of Object.entries(TASKS)) watched[name as keyof typeof TASKS] = await watch(task, robot);
  const draw = async (split: 'training' | 'heldOut', index: number) =>
    (await drawPool('layouts', randomStream(index, 'facts'), { split, size: 160, robots: ['panda'] })).moments;
  layouts = [await draw('training', 1), await draw('training', 2), await draw('heldOut', 4)];
}, 120_000);

/** All pools of moments. */
const pools = (): (readonly Moment[])[] => [...layouts, ...Object.values(watched).map(({ moments }) => moments)];

/** Calls a check with all facts of a topic, and returns how many there were. */
function each(
  topic: Topic,
  factsOf: (moments: readonly Moment[]) => readonly Fact[],
  check: (fact: Fact, ...moments: Moment[]) => void,
): number {
  let checked = 0;
  for (const pool of pools()) {
    for (const fact of factsOf(pool)) {
      if (fact.topic !== topic) continue;
      check(fact, ...fact.moments.map((number) => pool[number] as Moment));
      checked++;
    }
  }
  return checked;
}

/** The thing that is called so, which must be the only one: `red mug`. */
function called({ things }: Moment, name = ''): ThingNow {
  const found = things.filter(({ model }) => model.name === name);
  expect([name, found.length]).toEqual([name, 1]);
  return found[0] as ThingNow;
}

/** The pixels of a thing in a picture, from the left. */
function columnsOf({ picture: { width, segmentation }, seen }: Sight, id: string): number[] {
  const ids = seen.get(id)?.ids ?? [];
  const columns = new Set<number>();
  for (const [at, number] of segmentation.entries()) if (ids.includes(number)) columns.add(at % width);
  return [...columns];
}

/** What is furthest left and right in a picture, by the middle between its outermost pixels. */
function ends({ things, sight }: Moment): [ThingNow, ThingNow] {
  const row = things
    .map((thing) => ({ thing, columns: columnsOf(sight, thing.id) }))
    .filter(({ columns }) => columns.length > 0)
    .toSorted((a, b) => Math.min(...a.columns) + Math.max(...a.columns) - Math.min(...b.columns) - Math.max(...b.columns));
  return [row[0]?.thing as ThingNow, row.at(-1)?.thing as ThingNow];
}

/** What `leftmost thing`, `thing in the red bowl`, `red thing` or `mug` means; undefined for other ways to say it. */
function meant(moment: Moment, words: string): ThingNow | undefined {
  if (words === 'leftmost thing') return ends(moment)[0];
  if (words === 'rightmost thing') return ends(moment)[1];
  const within = /^thing (?:in|on) the (.*)$/.exec(words);
  if (within) return moment.things.find((thing) => isOver(thing, called(moment, within[1])));
  const of = /^(\w+) thing$/.exec(words);
  const found = moment.things.filter(({ model: { noun, adjectives } }) => (of ? adjectives.includes(of[1] as string) : noun === words));
  return found.length === 1 ? found[0] : undefined;
}

/** Whether something's middle is above what another one covers, or in it. */
function isOver(thing: ThingNow, host: ThingNow): boolean {
  if (thing === host) return false;
  const corners = [...cornersOf(host), ...host.parts.flatMap(({ pose }) => [pose.position])];
  const [x, y] = [0, 1].map((axis) => corners.map((corner) => corner[axis] as number)) as [number[], number[]];
  const inside = (values: number[], at: number): boolean => at > Math.min(...values) - 0.2 * host.parts.length && at < Math.max(...values);
  return inside(x, thing.middle[0]) && inside(y, thing.middle[1]) && thing.middle[2] > host.pose.position[2] + 0.005;
}

const article = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
const apart = (a: Vec3, b: Vec3): number => length3(subtract3(a, b));

describe('what there is', () => {
  test('numbers', () => {
    const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six'];
    const checked = each(topics.COUNT, sceneFacts, ({ slots: { a = '' }, value }, { things }) => {
      const color = /^(\w+) things$/.exec(a)?.[1];
      const these = things.filter(({ model }) => (color ? model.adjectives.includes(color) : plural(model.noun) === a));
      expect([a, words[these.length]]).toEqual([a, value]);
    });
    expect(checked).toBeGreaterThan(100);
  });

  test('colours and kinds', () => {
    const check =
      (isRight: (thing: ThingNow, value: string) => boolean) =>
      ({ slots: { a = '' }, value }: Fact, moment: Moment): void => {
        const thing = meant(moment, a);
        expect([a, thing && isRight(thing, value)]).toEqual([a, true]);
      };
    expect(
      each(
        topics.COLOR,
        sceneFacts,
        check(({ model }, value) => model.adjectives.includes(value)),
      ),
    ).toBeGreaterThan(100);
    expect(
      each(
        topics.IDENTITY,
        sceneFacts,
        check(({ model }, value) => article(model.noun) === value),
      ),
    ).toBeGreaterThan(100);
  });

  test('no colour is asked about that table, walls or robot have', () => {
    const isGreen = (r: number, g: number, b: number): boolean => g > 1.35 * r && g > 1.25 * b && g > 50;
    const isBlue = (r: number, g: number, b: number): boolean => b > 1.5 * r && b > 1.15 * g && b > 70;
    const checked = each(topics.EXISTS, sceneFacts, ({ slots: { a }, value }, { sight: { picture, seen } }) => {
      const is = { 'a blue thing': isBlue, 'a green thing': isGreen }[a as string];
      if (!is || value === 'yes') return;
      const ofThings = new Set([...seen.values()].flatMap(({ ids }) => ids));
      const pixels = picture.segmentation.filter((id, at) => {
        const [r, g, b] = picture.rgb.subarray(3 * at, 3 * at + 3) as unknown as Vec3;
        return !ofThings.has(id) && is(r, g, b);
      });
      expect([a, pixels.length < 0.005 * picture.segmentation.length]).toEqual([a, true]);
    });
    expect(checked).toBeGreaterThan(0);
  });

  test('the colours around are those of pixels that belong to no thing', () => {
    const picture = createPicture(30, 30);
    picture.segmentation.fill(1);
    for (let at = 0; at < 900; at++) picture.rgb.set(at < 450 ? [40, 90, 200] : [128, 120, 122], 3 * at);
    for (let at = 600; at < 700; at++) picture.segmentation[at] = 7;
    for (let at = 600; at < 700; at++) picture.rgb.set([210, 20, 20], 3 * at);
    const sight = { picture, seen: new Map([['mug', { ids: [7], pixels: 100, box: [0, 20, 30, 24], share: 1 }]]) } as unknown as Sight;
    expect([...colorsAround(sight)]).toEqual(['blue']);
  });

  test('heights', () => {
    const height = (thing: ThingNow): number => {
      const z = cornersOf(thing).map((corner) => corner[2]);
      return Math.max(...z) - Math.min(...z);
    };
    const checked = each(topics.TALLER, sceneFacts, ({ value }, moment) => {
      const [left, right] = ends(moment);
      expect(value).toBe(height(left) > height(right) ? 'the leftmost' : 'the rightmost');
    });
    expect(checked).toBeGreaterThan(10);
  });

  test('halves of the picture', () => {
    const checked = each(topics.HALF, sceneFacts, ({ slots: { a }, value }, moment) => {
      const columns = columnsOf(moment.sight, called(moment, a).id);
      const half = moment.sight.picture.width / 2;
      expect(columns.every((x) => (value === 'left' ? x < half : x >= half))).toBe(true);
    });
    expect(checked).toBeGreaterThan(100);
  });
});

describe('where things are', () => {
  test('nearer is nearer, and to a gripper only where it is seen', () => {
    let toGripper = 0;
    const checked = each(topics.NEARER, relationFacts, ({ slots: { c, pair = '' }, value }, moment) => {
      const [gripper] = moment.grippers;
      if (c === 'gripper') {
        toGripper++;
        expect([moment.grippers.length, gripper?.seen, gripper?.holds]).toEqual([1, true, undefined]);
      }
      const centre = c === 'gripper' ? (gripper?.tool.position as Vec3) : called(moment, c).middle;
      const names = pair.split(' / ');
      const [best] = names.toSorted((a, b) => apart(called(moment, a).middle, centre) - apart(called(moment, b).middle, centre));
      expect(names).toContain(value);
      expect(best).toBe(value);
    });
    expect(Math.min(checked, 5 * toGripper)).toBeGreaterThan(100);
  });

  test('no sides are asked about of what is on, in, above or below the other', () => {
    for (const topic of [topics.SIDEWAYS, topics.IN_DEPTH]) {
      const checked = each(topic, relationFacts, ({ slots: { a, b } }, moment) => {
        const [one, other] = [called(moment, a), called(moment, b)];
        for (const [thing, host] of [
          [one, other],
          [other, one],
        ] as const) {
          const support = moment.supports.get(thing.id);
          expect(support?.on === 'thing' && support.target === host.id).toBe(false);
          // The middle of neither is within the outline of the other's corners, as seen from above.
          const [dx, dy] = subtract3(thing.middle, host.middle);
          const [, , , ...r] = [0, 0, 0, ...host.pose.rotation];
          const along = [(r[0] as number) * dx + (r[3] as number) * dy, (r[1] as number) * dx + (r[4] as number) * dy];
          const [low, high] = host.model.bounds;
          const isWithin = along.every((d, axis) => Math.abs(d) < ((high[axis] as number) - (low[axis] as number)) / 2 - 0.005);
          expect(isWithin && (host.pose.rotation[8] ?? 0) > 0.99).toBe(false);
        }
      });
      expect(checked).toBeGreaterThan(100);
    }
  });

  test('places', () => {
    const kinds = new Set<string>();
    const checked = each(topics.WHERE, robotFacts, ({ slots: { a }, value }, moment) => {
      const thing = called(moment, a);
      const [, kind = '', host = ''] = /^(held|on|in) (?:by )?the (.*)$/.exec(value) ?? [];
      kinds.add(value === 'on the table' ? value : kind);
      const foot = Math.min(...cornersOf(thing).map((corner) => corner[2]));
      if (kind === 'held') expect(moment.grippers.some(({ holds }) => holds === thing.id)).toBe(true);
      else if (host === 'table') expect(foot).toBeLessThan(0.01);
      else expect([value, isOver(thing, called(moment, host.replace(/^.* of the /, '')))]).toEqual([value, true]);
    });
    expect([...kinds].sort()).toEqual(['held', 'in', 'on', 'on the table']);
    expect(checked).toBeGreaterThan(200);
  });

  test('parts', () => {
    const checked = each(topics.JOINT, robotFacts, ({ slots: { a = '' }, value }, moment) => {
      const [, part, host] = /^(?:(.*) of the )?(.*)$/.exec(a) ?? [];
      const found = called(moment, host).parts.find((one) => one.part.name === (part ?? 'knob'));
      const { part: model, share } = found as NonNullable<typeof found>;
      expect(['open', 'on'].includes(value)).toBe(share > 0.5);
      expect(['on', 'off'].includes(value)).toBe(model.name === 'knob');
    });
    expect(checked).toBeGreaterThan(20);
  });
});

describe('rollouts', () => {
  /** All facts of a watched task about one topic. */
  const factsOf = ({ moments }: Watched, topic: Topic): Fact[] =>
    [...taskFacts(moments, 'training'), ...robotFacts(moments)].filter((fact) => fact.topic === topic);
  const momentOf = ({ moments }: Watched, { moments: [number] }: Fact): Moment => moments[number as number] as Moment;
  const truthOf = ({ truths }: Watched, { step }: Moment): Truth => truths[step] as Truth;

  test('all come to a good end', () => {
    for (const [name, { track, truths }] of Object.entries(watched)) {
      expect([name, track.succeeded, truths.at(-1)?.goals.every(Boolean)]).toEqual([name, true, true]);
    }
  });

  test('what grippers hold, and whether they are open', () => {
    const values = new Set<string>();
    for (const run of Object.values(watched)) {
      for (const fact of [...factsOf(run, topics.HOLDING), ...factsOf(run, topics.GRIPPER)]) {
        const moment = momentOf(run, fact);
        const { held, openings } = truthOf(run, moment);
        const arm = /(left|right) gripper$/.exec(fact.slots.a as string)?.[1] ?? 'right';
        const [id] = [...held].find(([, arms]) => arms.includes(arm)) ?? [];
        const name = moment.things.find((thing) => thing.id === id)?.model.name;
        if (fact.topic === topics.HOLDING) expect(fact.value).toBe(name === undefined ? 'nothing' : `the ${name}`);
        else expect((openings[arm] as number) > 0.5).toBe(fact.value === 'open');
        expect(moment.grippers.find((gripper) => gripper.arm === arm)?.seen).toBe(true);
        values.add(fact.topic === topics.HOLDING && name ? 'something' : fact.value);
      }
    }
    expect([...values].sort()).toEqual(['closed', 'nothing', 'open', 'something']);
  });

  test('what is done', () => {
    for (const run of Object.values(watched)) {
      const facts = factsOf(run, topics.DONE);
      for (const fact of facts) expect(truthOf(run, momentOf(run, fact)).goals.every(Boolean)).toBe(fact.value === 'yes');
    }
    expect(factsOf(watched.shut, topics.DONE).length).toBeGreaterThan(5);
  });

  test('what is to be picked up is picked up later, and what is to be put somewhere is in hand', () => {
    let picked = 0;
    for (const run of Object.values(watched)) {
      for (const fact of factsOf(run, topics.NEXT)) {
        const moment = momentOf(run, fact);
        const [, verb, name = ''] = /^(pick up|put) the (.*?)(?: (?:in|on|into|onto|to the \w+ of) the .*)?$/.exec(fact.value) ?? [];
        if (verb === undefined) continue;
        const { id } = called(moment, name);
        const isHeld = ({ held }: Truth): boolean => (held.get(id) as readonly string[]).length > 0;
        if (verb === 'put') expect(isHeld(truthOf(run, moment))).toBe(true);
        else {
          picked++;
          expect([moment.step, fact.value, run.truths.slice(moment.step).some(isHeld)]).toEqual([moment.step, fact.value, true]);
        }
      }
    }
    expect(picked).toBeGreaterThan(5);
  });

  test('nothing is said while what is to be moved falls, or rides in a drawer', () => {
    const { moments, truths } = watched.shut;
    const box = moments[0]?.task?.goals.find(({ kind }) => kind === 'placed')?.object as string;
    const rides = moments.flatMap(({ step }, number) => {
      const [before, after] = [truths[step - 1], truths[step + 1]];
      if (!before || !after || (truths[step]?.held.get(box) ?? []).length > 0) return [];
      const speed = apart(before.middles.get(box) as Vec3, after.middles.get(box) as Vec3) * 15;
      return speed > 0.06 ? [number] : [];
    });
    expect(rides.length).toBeGreaterThan(0);
    const said = taskFacts(moments, 'training').filter(({ topic }) => topic !== topics.MOVED && topic !== topics.ARM_MOVED);
    expect(said.filter((fact) => fact.moments.some((number) => rides.includes(number)))).toEqual([]);
  });

  test('the picture with more done is the later one', () => {
    let checked = 0;
    for (const run of Object.values(watched)) {
      for (const { moments: numbers, value } of factsOf(run, topics.FURTHER)) {
        const [first, second] = numbers.map((number) => run.moments[number]?.step) as [number, number];
        expect(value).toBe(first > second ? 'first' : 'second');
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(100);
  });

  test('the list of what remains begins with what is next, and is empty at the end', () => {
    for (const run of [watched.shut, watched.opened]) {
      const next = new Map(factsOf(run, topics.NEXT).map(({ moments: [number], value }) => [number, value]));
      const remaining = factsOf(run, topics.REMAINING);
      expect(remaining.length).toBeGreaterThan(5);
      for (const { moments: numbers, value } of remaining) {
        const [first = ''] = value.split('\n');
        const said = next.get(numbers[0]) as string;
        expect(first.toLowerCase()).toBe(said === 'stop' ? 'nothing is left to do.' : `1. ${said.toLowerCase()}.`);
        const goals = run.truths[(run.moments[numbers[0] as number] as Moment).step]?.goals;
        expect(goals?.every(Boolean)).toBe(said === 'stop');
      }
    }
  });

  test('there is no plan where steps would contradict the instruction', () => {
    for (const run of [watched.caddy, watched.pushed]) {
      expect(factsOf(run, topics.DONE).length).toBeGreaterThan(5);
      expect(factsOf(run, topics.FURTHER)).toEqual([]);
      for (const { value } of factsOf(run, topics.NEXT)) expect(value).toBe('stop');
      for (const { value } of factsOf(run, topics.REMAINING)) expect(value).toBe('Nothing is left to do.');
    }
  });

  test('what has moved between two pictures, drawers included', () => {
    const values = new Set<string>();
    for (const { moments, truths } of Object.values(watched)) {
      for (const { moments: numbers, topic, value } of taskFacts(moments, 'training')) {
        if (topic !== topics.MOVED) continue;
        const [before, after] = numbers.map((number) => moments[number]) as [Moment, Moment];
        const clear = (id: string): boolean => [before, after].every(({ sight }) => isClear(sight.seen.get(id)));
        const [from, to] = [before, after].map(({ step }) => (truths[step] as Truth).middles) as [Truth['middles'], Truth['middles']];
        const moved = before.things.flatMap((thing, i) => [
          ...(apart(from.get(thing.id) as Vec3, to.get(thing.id) as Vec3) > 0.03 ? [[thing.id, `the ${thing.model.name}`] as const] : []),
          ...thing.parts.flatMap(({ part, share }, j) =>
            Math.abs(share - (after.things[i]?.parts[j]?.share as number)) > 0.15
              ? [[bodyName(thing.id, part.name), `the ${part.name} of the ${thing.model.name}`] as const]
              : [],
          ),
        ]);
        expect([moved.length === 0 ? ['nothing'] : moved.map(([, name]) => name)]).toEqual([[value]]);
        const ids = moved.length > 0 ? moved.map(([id]) => id) : before.things.filter(({ model }) => !model.fixed).map(({ id }) => id);
        expect(ids.every(clear)).toBe(true);
        values.add(value.replace(/^the (\w+) drawer of .*/, 'a drawer'));
      }
    }
    expect(values).toContain('nothing');
    expect(values).toContain('a drawer');
    expect(values.size).toBeGreaterThan(3);
  });

  test('which arm has moved, where its fingers are seen', () => {
    const run = watched.blocks;
    const facts = factsOf(run, topics.ARM_MOVED);
    expect(facts.length).toBeGreaterThan(5);
    for (const { moments: numbers, value } of facts) {
      const both = numbers.map((number) => run.moments[number] as Moment);
      const ways = (both[0] as Moment).grippers.map(({ arm, tool }, i) => ({
        arm,
        by: apart(tool.position, both[1]?.grippers[i]?.tool.position as Vec3),
      }));
      expect(ways.toSorted((a, b) => b.by - a.by)[0]?.arm).toBe(value);
      for (const { grippers } of both) expect(grippers.find(({ arm }) => arm === value)?.seen).toBe(true);
    }
  });
});
