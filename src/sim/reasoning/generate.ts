/**
 * The engine of embodied-reasoning data: samples of the eleven kinds of table 4, with exact labels, from layouts of things and from what
 * experts do. A draw gives a pool of moments that share things, room and robot (one of layouts and two of rollouts by turns); a pool gives
 * some seven samples for each of its moments.
 */
import { type RandomStream, randomStream } from '../../tensor/random.ts';
import { SIM_ROBOTS } from '../robots.ts';
import { closedQuestions } from './balance.ts';
import { relationFacts } from './facts/relations.ts';
import { robotFacts } from './facts/robot.ts';
import { sceneFacts } from './facts/scene.ts';
import { taskFacts } from './facts/task.ts';
import { affordance } from './kinds/affordance.ts';
import { type Asks, pixelsOf } from './kinds/asked.ts';
import { grounding2d } from './kinds/grounding-2d.ts';
import { grounding3d } from './kinds/grounding-3d.ts';
import { inventory } from './kinds/inventory.ts';
import { maskTracking } from './kinds/mask-tracking.ts';
import { objectPointing } from './kinds/object-pointing.ts';
import { spacePointing } from './kinds/space-pointing.ts';
import { trajectory } from './kinds/trajectories.ts';
import { pick } from './lists.ts';
import type { Moment } from './moment.ts';
import { drawPool, type Pool } from './pools.ts';
import { KINDS, type Kind, type Sample, type Split, TABLE_4 } from './sample.ts';

/** What samples to draw. */
export interface ReasoningOptions {
  readonly seed: number;
  /** `heldOut` has unseen objects (and the furniture and containers of training), rooms and wordings, and those only; `training` by default */
  readonly split?: Split;
  /** All by default, in the proportions of table 4 */
  readonly kinds?: readonly Kind[];
  /** Pixels along the sides of pictures; 224 by default */
  readonly size?: number;
  /** Names of robots; all by default */
  readonly robots?: readonly string[];
}

/** Of all cameras together */
const SAMPLES_PER_MOMENT = 7;
/** Draws of a sample that may come to nothing */
const ATTEMPTS = 12;

/** All samples of one draw: 50 to 110, of kinds in the proportions of table 4, none of them when a pool gives nothing. */
export async function reasoningSamples(draw: number, options: ReasoningOptions): Promise<Sample[]> {
  const { seed, split = 'training', kinds = KINDS } = options;
  const random = randomStream(seed, `reasoning ${split}`, draw);
  const { size = 224, robots = SIM_ROBOTS } = options;
  const layouts = draw % 3 === 0 && !kinds.every((kind) => OF_ROLLOUTS.includes(kind));
  const pool = await drawPool(layouts ? 'layouts' : 'rollout', random, { split, size, robots });
  const makers = makersOf(pool, split, random);
  const weights = weightsOf(kinds, pool.track !== undefined);
  const samples: Sample[] = [];
  for (let i = 0; i < SAMPLES_PER_MOMENT * pool.moments.length; i++) {
    const kind = pickWeighted(weights, random);
    if (kind === undefined) break;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const asked = makers[kind]();
      if (!asked) continue;
      samples.push({ stage: TABLE_4[kind].stage, ...asked });
      break;
    }
  }
  return samples;
}

/** Makes one sample more of each kind, where there is something to ask. */
type Makers = { readonly [K in Kind]: () => Omit<Sample, 'stage'> | undefined };

/** How to make a sample of each kind. */
function makersOf({ moments, track }: Pool, split: Split, random: RandomStream): Makers {
  const facts = [...sceneFacts(moments), ...relationFacts(moments), ...robotFacts(moments), ...taskFacts(moments, split)];
  const closed = (kind: 'general-vqa' | 'understanding-qa' | 'planning-qa') => {
    const questions = closedQuestions(
      facts.filter(({ topic }) => topic.kind === kind),
      split,
      random,
    );
    return () => {
      const { value, done } = questions.next();
      if (done) return undefined;
      const { question, answer, choices, moments: numbers } = value;
      const pictures = numbers.map((number) => pixelsOf((moments[number] as Moment).sight));
      return { pictures, question, answer: { kind, answer }, choices };
    };
  };
  /** Of what one camera sees at one moment */
  const seen = (ask: Asks) => () => {
    const moment = pick(moments, random);
    return ask(moment, pick(moment.sights, random), split, random);
  };
  const moving = (kind: 'trajectory-2d' | 'trajectory-3d') => () => track && trajectory(kind, pick(moments, random), track, split, random);
  const general = closed('general-vqa');
  const all = seen(inventory);
  return {
    'general-vqa': () => (random.uniform() < INVENTORIES ? all() : general()),
    'understanding-qa': closed('understanding-qa'),
    'planning-qa': closed('planning-qa'),
    'trajectory-2d': moving('trajectory-2d'),
    'trajectory-3d': moving('trajectory-3d'),
    'grounding-2d': seen(grounding2d),
    'grounding-3d': seen(grounding3d),
    'space-pointing': seen(spacePointing),
    'object-pointing': seen(objectPointing),
    affordance: seen(affordance),
    'mask-tracking': () => (track ? maskTracking(moments, split, random) : undefined),
  };
}

/** Share of general questions that are about all there is */
const INVENTORIES = 0.15;
/** What only rollouts can tell of */
const OF_ROLLOUTS: readonly Kind[] = ['planning-qa', 'trajectory-2d', 'trajectory-3d', 'mask-tracking'];

/** Share of samples that come from rollouts, about: two of three draws, which give a bit less each */
const ROLLOUTS = 0.6;

/**
 * How often each kind is drawn from a pool, so that all samples together come to the proportions of table 4: what only rollouts can
 * tell of comes from them more often, and the rest less.
 */
function weightsOf(kinds: readonly Kind[], rollout: boolean): readonly (readonly [Kind, number])[] {
  const total = (list: readonly Kind[]): number => list.reduce((sum, kind) => sum + TABLE_4[kind].thousands, 0);
  const only = kinds.filter((kind) => OF_ROLLOUTS.includes(kind));
  const both = kinds.filter((kind) => !OF_ROLLOUTS.includes(kind));
  const rest = Math.max(total(kinds) - total(only) / ROLLOUTS, 0) / Math.max(total(both), 1);
  const weighted = (list: readonly Kind[], factor: number) => list.map((kind) => [kind, factor * TABLE_4[kind].thousands] as const);
  return rollout ? [...weighted(only, 1 / ROLLOUTS), ...weighted(both, rest)] : weighted(both, 1);
}

function pickWeighted(weights: readonly (readonly [Kind, number])[], random: RandomStream): Kind | undefined {
  let left = random.uniform() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of weights) {
    left -= weight;
    if (left < 0) return kind;
  }
  return undefined;
}
