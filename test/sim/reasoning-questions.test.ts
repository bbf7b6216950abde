import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { invertRotation, rotateVector } from '../../src/robot/rotation.ts';
import { subtract3, type Vec3 } from '../../src/robot/vectors.ts';
import { objectModel, TRAINING_OBJECTS, UNSEEN_OBJECTS } from '../../src/sim/objects/catalogue.ts';
import { FIXTURE_NAMES, fixtureModel } from '../../src/sim/objects/fixtures.ts';
import { closedQuestions, type Fact, type Topic } from '../../src/sim/reasoning/balance.ts';
import { type Phrases, plural, withArticle } from '../../src/sim/reasoning/english.ts';
import { drawErrand } from '../../src/sim/reasoning/errand.ts';
import { relationFacts } from '../../src/sim/reasoning/facts/relations.ts';
import { robotFacts } from '../../src/sim/reasoning/facts/robot.ts';
import { sceneFacts } from '../../src/sim/reasoning/facts/scene.ts';
import { taskFacts } from '../../src/sim/reasoning/facts/task.ts';
import { drawLayouts, graspables, roomsOf } from '../../src/sim/reasoning/layouts.ts';
import { grouped } from '../../src/sim/reasoning/lists.ts';
import type { Moment } from '../../src/sim/reasoning/moment.ts';
import { couldBe } from '../../src/sim/reasoning/names.ts';
import { cameraFor, drawPool, type Pool } from '../../src/sim/reasoning/pools.ts';
import { isClear } from '../../src/sim/reasoning/sight.ts';
import * as topics from '../../src/sim/reasoning/topics.ts';
import { simRobot } from '../../src/sim/robots.ts';
import { HELD_OUT_ROOMS, TRAINING_ROOMS } from '../../src/sim/rooms.ts';
import { createViews } from '../../src/sim/views.ts';
import { createWorld } from '../../src/sim/world.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { blindResult, type Choice } from './blind.ts';
import { imaginedMoment } from './imagined.ts';
import { watch } from './reasoning-watched.ts';

let layouts: Pool;
beforeAll(async () => {
  layouts = await drawPool('layouts', randomStream(1, 'layouts'), { split: 'training', size: 160, robots: ['agilex'] });
}, 60_000);

describe('closed questions', () => {
  const facts = (moments: readonly Moment[]): Fact[] => [
    ...sceneFacts(moments),
    ...relationFacts(moments),
    ...robotFacts(moments),
    ...taskFacts(moments, 'training'),
  ];

  test('answers about left, right, before and behind are those of the poses', () => {
    const { moments } = layouts;
    let checked = 0;
    for (const { topic, slots, value, moments: numbers } of relationFacts(moments)) {
      const moment = moments[numbers[0] as number] as Moment;
      const at = (name: string | undefined): readonly [Vec3, Vec3] => {
        const thing = moment.things.find(({ model }) => model.name === name) as Moment['things'][number];
        const [low, high] = thing.model.bounds;
        const centre = rotateVector(
          thing.pose.rotation,
          [0, 1, 2].map((i) => ((low[i] as number) + (high[i] as number)) / 2) as unknown as Vec3,
        );
        const world = centre.map((c, i) => c + (thing.pose.position[i] as number)) as unknown as Vec3;
        return [rotateVector(invertRotation(moment.sight.camera.rotation), subtract3(world, moment.sight.camera.position)), world];
      };
      if (topic === topics.SIDEWAYS) expect(at(slots.a)[0][0] < at(slots.b)[0][0] === (value === 'left')).toBe(true);
      else if (topic === topics.IN_DEPTH) {
        const forward = [-moment.sight.camera.rotation[2], -moment.sight.camera.rotation[5]] as const;
        const away = subtract3(at(slots.a)[1], at(slots.b)[1]);
        expect(forward[0] * away[0] + forward[1] * away[1] < 0).toBe(value === 'in front of');
      } else continue;
      checked++;
    }
    expect(checked).toBeGreaterThan(100);
  });

  test('what is said to be there is there, and what is not is not', () => {
    for (const { topic, slots, value, moments: numbers } of sceneFacts(layouts.moments)) {
      if (topic !== topics.EXISTS || slots.a?.endsWith(' thing')) continue;
      const moment = layouts.moments[numbers[0] as number] as Moment;
      const words = (slots.a as string).split(' ').slice(1);
      const fitting = moment.things.filter(({ model }) => words.every((word) => model.name.split(' ').includes(word)));
      if (value === 'no') expect(fitting).toEqual([]);
      else expect(fitting.some(({ id }) => isClear(moment.sight.seen.get(id)))).toBe(true);
    }
  });

  test('each possible answer to a question is as likely', () => {
    const words: Phrases = { training: ['{q}: {first} or {second}?'], heldOut: ['-'] };
    const topic: Topic = {
      kind: 'general-vqa',
      open: { training: ['{q}?'], heldOut: ['-'] },
      either: words,
      yesNo: { training: ['{q}: {value}?'], heldOut: ['-'] },
    };
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(5)), { minLength: 2, maxLength: 12 }),
        fc.nat(1000),
        (drawn, seed) => {
          const known = drawn.map(([value, moment]): Fact => ({ topic, slots: { q: 'what' }, value, moments: [moment] }));
          const counts = new Map<string, Map<string, number>>();
          const draws = 600;
          for (let i = 0; i < draws; i++) {
            for (const { question, answer, choices, moments } of closedQuestions(known, 'training', randomStream(seed, 'draw', i))) {
              expect(choices).toContain(answer);
              const value = /: (\w)\?$/.exec(question)?.[1];
              const holds = (wanted: string): boolean =>
                known.some((fact) => fact.value === wanted && fact.moments.join() === moments.join());
              if (value === undefined) expect(holds(answer)).toBe(true);
              else expect(answer === 'yes' ? holds(value) : ['a', 'b', 'c'].some((other) => other !== value && holds(other))).toBe(true);
              const answers = counts.get(question) ?? new Map<string, number>();
              counts.set(question, answers.set(answer, (answers.get(answer) ?? 0) + 1));
            }
          }
          const values = new Set(drawn.map(([value]) => value));
          expect(counts.size > 0).toBe(values.size > 1);
          for (const [question, answers] of counts) {
            const total = [...answers.values()].reduce((sum, n) => sum + n, 0);
            const size = question === 'what?' ? values.size : 2;
            // Five standard deviations
            for (const n of answers.values()) expect(Math.abs(n - total / size)).toBeLessThan(5 * Math.sqrt(total) * 0.5 + 1);
          }
        },
      ),
      { numRuns: 12, seed: 7 },
    );
  });

  test('who does not look at the pictures is right no more often than by chance', async () => {
    const robot = await simRobot('panda');
    const questions: Choice[] = [];
    for (let pool = 0; pool < 90; pool++) {
      const random = randomStream(8, 'blind', pool);
      const moments = drawLayouts(random, 'training', robot, 8).flatMap((scene) => [
        imaginedMoment(scene, random),
        imaginedMoment(scene, random),
      ]);
      questions.push(...[...closedQuestions(facts(moments), 'training', random)].slice(0, 80));
    }
    const { chance, sameQuestion, words, questions: asked } = blindResult(questions);
    expect(asked).toBeGreaterThan(5000);
    expect(sameQuestion - chance).toBeLessThan(0.03);
    expect(words - chance).toBeLessThan(0.03);
  }, 30_000);

  test('who does not look is right by chance about rollouts, too', async () => {
    const rollouts: Fact[][] = [];
    for (let i = 0; i < 26; i++) {
      // Grippers that are closed and hold nothing are rare, but for those that push drawers.
      const { moments } =
        i < 4
          ? await watch('goal/bowl-in-top-drawer', 'panda', { seed: i, size: 96 })
          : await drawPool('rollout', randomStream(i, 'blind rollouts'), {
              split: 'training',
              size: 80,
              robots: [i % 2 === 0 ? 'agilex' : 'panda'],
            });
      rollouts.push([...robotFacts(moments), ...taskFacts(moments, 'training')]);
    }
    // All are asked about again and again: so the blind one has met the very questions that it is tried with.
    const questions: Choice[] = [];
    const asked = new Set<Topic>();
    for (let round = 0; round < 16; round++) {
      for (const [i, known] of rollouts.entries()) {
        const random = randomStream(i, 'blind round', round);
        for (const [topic, list] of grouped(known, (fact) => fact.topic)) {
          const some = [...closedQuestions(list, 'training', random)];
          if (some.length > 0) asked.add(topic);
          questions.push(...some.slice(0, 12));
        }
      }
    }
    const { WHERE, HOLDING, GRIPPER, DONE, NEXT, REMAINING, FURTHER, MOVED, ARM_MOVED } = topics;
    const all = { WHERE, HOLDING, GRIPPER, DONE, NEXT, REMAINING, FURTHER, MOVED, ARM_MOVED };
    expect(Object.entries(all).flatMap(([name, topic]) => (asked.has(topic) ? [] : [name]))).toEqual([]);
    const { chance, sameQuestion, words, questions: count } = blindResult(questions);
    expect(count).toBeGreaterThan(3000);
    // Half of them are tried: three standard deviations
    const margin = 1.5 / Math.sqrt(count / 2);
    expect(sameQuestion - chance).toBeLessThan(margin);
    expect(words - chance).toBeLessThan(margin);
  }, 120_000);

  test('the blind one sees through questions that are not balanced', () => {
    const random = randomStream(9, 'biased');
    const biased = Array.from({ length: 2000 }, (): Choice => {
      const thing = random.integer(20);
      const yes = random.uniform() < (thing % 2 === 0 ? 0.7 : 0.3);
      return { question: `Is there a t${thing}?`, answer: yes ? 'yes' : 'no', choices: ['yes', 'no'] };
    });
    const { chance, sameQuestion, words } = blindResult(biased);
    expect(Math.min(sameQuestion, words) - chance).toBeGreaterThan(0.15);
  });
});

describe('what is held out', () => {
  const phrases = Object.values(topics).flatMap(({ open, either, yesNo }: Topic) =>
    [open, either, yesNo].filter((form) => form !== undefined),
  );

  test('wordings', () => {
    const training = new Set(phrases.flatMap((form) => form.training));
    expect(phrases.flatMap((form) => form.heldOut).filter((words) => training.has(words))).toEqual([]);
    expect(phrases.every((form) => form.heldOut.length > 0 && form.training.length > 0)).toBe(true);
  });

  test('wordings of what things there are might have been told to do', () => {
    const asked = (split: 'training' | 'heldOut'): string[] =>
      taskFacts(layouts.moments, split).flatMap(({ topic, slots }) => (topic === topics.DONE ? [slots.task as string] : []));
    const training = new Set(asked('training'));
    expect(training.size).toBeGreaterThan(5);
    expect(asked('heldOut').filter((task) => training.has(task))).toEqual([]);
  });

  test('what can be grasped', () => {
    const training = new Set(graspables('training'));
    expect(graspables('heldOut').filter((model) => training.has(model))).toEqual([]);
    // Blocks are for training.
    expect([...training].map(({ name }) => name)).toContain('red block');
  });

  test.each(['training', 'heldOut'] as const)(
    'things and rooms of %s are those of training or fixtures, or held out',
    async (split) => {
      const robot = await simRobot('panda');
      const shared = FIXTURE_NAMES.filter((name) => split === 'training' || fixtureModel(name).category === 'fixture');
      const allowed = new Set([...(split === 'training' ? TRAINING_OBJECTS : UNSEEN_OBJECTS), ...shared]);
      const names = new Set<string>();
      for (let i = 0; i < 20; i++) {
        const random = randomStream(i, 'held out');
        for (const { things, room } of drawLayouts(random, split, robot, 3)) {
          expect((split === 'training' ? TRAINING_ROOMS : HELD_OUT_ROOMS).includes(room)).toBe(true);
          for (const { model } of things) names.add(model.name);
        }
        for (const { model } of drawErrand(random, split, 1).setup(random).things) names.add(model.name);
      }
      expect([...names].filter((name) => !allowed.has(name))).toEqual([]);
      expect(names.size).toBeGreaterThan(40);
      expect(roomsOf(split).some((room) => roomsOf(split === 'training' ? 'heldOut' : 'training').includes(room))).toBe(false);
    },
    30_000,
  );
});

test.each([
  ['panda', false],
  ['agilex', true],
] as const)('tasks are seen from the side of the robot: %s', async (name, headToo) => {
  const world = await createWorld({ things: [], room: TRAINING_ROOMS[0] as (typeof TRAINING_ROOMS)[number] }, await simRobot(name));
  const views = createViews(world);
  views.update();
  const cameras = Array.from({ length: 25 }, (_, i) => cameraFor(views, randomStream(i, 'cameras'), 'shoulder'));
  const others = Array.from({ length: 25 }, (_, i) => cameraFor(views, randomStream(i, 'cameras'), 'around'));
  // What is on the right in a picture is to the right of the robot, which looks along x: towards −y.
  for (const camera of cameras) expect((camera === 'head' ? views.camera('head') : camera).rotation[3]).toBeLessThan(-0.3);
  expect([cameras.includes('head'), others.includes('head')]).toEqual([headToo, true]);
  world.close();
});

test('plurals of all nouns of the catalogue', () => {
  const models = [...[...TRAINING_OBJECTS, ...UNSEEN_OBJECTS].map(objectModel), ...FIXTURE_NAMES.map(fixtureModel)];
  const nouns = [...new Set(models.map(({ noun }) => noun))];
  const several = Object.fromEntries(nouns.map((noun) => [noun, plural(noun)]).filter(([noun, many]) => many !== `${noun}s`));
  expect(several).toEqual(PLURALS);
});

/** All that do not just have an s at the end */
const PLURALS = {
  'bag of crisps': 'bags of crisps',
  'bag of flour': 'bags of flour',
  'bag of rice': 'bags of rice',
  'bar of chocolate': 'bars of chocolate',
  'bar of soap': 'bars of soap',
  battery: 'batteries',
  'block of butter': 'blocks of butter',
  box: 'boxes',
  'box of popcorn': 'boxes of popcorn',
  'box of tissues': 'boxes of tissues',
  broccoli: undefined,
  'bunch of grapes': 'bunches of grapes',
  cactus: 'cactuses',
  caddy: 'caddies',
  'cereal box': 'cereal boxes',
  'computer mouse': 'computer mice',
  'deck of cards': 'decks of cards',
  die: 'dice',
  domino: 'dominoes',
  fish: 'fish',
  'gingerbread man': 'gingerbread men',
  hourglass: 'hourglasses',
  'loaf of bread': 'loaves of bread',
  'magnifying glass': 'magnifying glasses',
  matchbox: 'matchboxes',
  octopus: 'octopuses',
  paintbrush: 'paintbrushes',
  peach: 'peaches',
  'piece of cheese': 'pieces of cheese',
  pouch: 'pouches',
  'roll of paper': 'rolls of paper',
  'roll of tape': 'rolls of tape',
  'sack of potatoes': 'sacks of potatoes',
  scales: undefined,
  shelf: 'shelves',
  'slice of bread': 'slices of bread',
  snowman: 'snowmen',
  'spool of thread': 'spools of thread',
  strawberry: 'strawberries',
  tomato: 'tomatoes',
  toolbox: 'toolboxes',
  'toy bus': 'toy buses',
  trophy: 'trophies',
  wrench: 'wrenches',
};

test('names', () => {
  expect(['knife', 'cherry', 'toy'].map(plural)).toEqual(['knives', 'cherries', 'toys']);
  expect(withArticle('orange')).toBe('an orange');
  const name = (text: string) => ({ noun: text.split(' ').slice(1).join(' '), adjectives: text.split(' ').slice(0, 1) });
  expect(couldBe(name('green wine bottle'), { noun: 'bottle', adjectives: [] })).toBe(true);
  expect(couldBe(name('red mug'), { noun: 'cup', adjectives: ['red'] })).toBe(true);
  expect(couldBe(name('red mug'), { noun: 'cup', adjectives: ['white'] })).toBe(false);
  expect(couldBe(name('red mug'), name('red plate'))).toBe(false);
});
