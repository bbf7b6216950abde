/**
 * Why an episode failed, decided from what happened in the world. Of the goals, the first that does not hold at the end is what failed; its
 * thing is the *right* one, and things that no goal names are *others*.
 *
 *   kind            what happened
 *   ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
 *   wrong object    the right thing was never in hand nor moved, but another one was in hand or moved
 *   missed grasp    the right thing was never in hand, but a gripper closed in vain
 *   dropped         the right thing was in hand and lost, while the gripper was told to be closed
 *   misplaced       the right thing was in hand and let go, and yet the goal does not hold
 *   timeout         all else: it is still in hand, or nobody has tried yet
 *
 * *In hand* is what a gripper holds (`holders`: all fingers touch it, the tool is near) and has RAISED, for HELD steps: fingers that press
 * on a thing do not hold it. Parts (drawers, knobs) and what is only pushed are in hand when a finger touches them. A thing is lost after
 * LOST steps without any of this, and let go when the gripper opens meanwhile.
 * *Moved* is what is MOVED away from where it was, or a part by TURNED of its range. A gripper *closes in vain* when it is told to close
 * (CLOSED) and nothing that a goal names is in it until it opens again.
 */
import type { Arm } from '../robot/canonical.ts';
import { length3, subtract3, type Vec3 } from '../robot/vectors.ts';
import type { Episode } from '../sim/episode.ts';
import { type Goal, holders, holds, middleOf, partOf, thingOf } from '../sim/goals.ts';
import { bodyName, isPartOf } from '../sim/mjcf.ts';
import { armsOf } from '../sim/robots.ts';
import type { World } from '../sim/world.ts';

/** Kinds of failures, the first that applies. */
export const FAILURES = ['wrong object', 'missed grasp', 'dropped', 'misplaced', 'timeout'] as const;
/** See FAILURES. */
export type FailureKind = (typeof FAILURES)[number];

/** What went wrong. */
export interface Failure {
  readonly kind: FailureKind;
  /** With which thing, or part of one (`cabinet/top drawer`) */
  readonly thing: string;
}

/** Keeps what is needed to say why an episode failed. */
export interface Witness {
  /** To be called after each control step */
  look(): void;
  /** Why it failed, if it ended now */
  failure(): Failure;
}

/** Control steps after which something is in hand, or lost: 0.1 s and 0.2 s, since contacts flicker */
const HELD = 3;
const LOST = 6;
/** Metres that the middle of a thing is above where it was taken hold of */
const RAISED = 0.01;
/** Metres, and of the range of a part */
const MOVED = 0.05;
const TURNED = 0.15;
/** What a gripper is told to be closed: 0 closed … 1 open */
const CLOSED = 0.1;
/** How much farther it is told to be open to let go */
const OPENED = 0.1;

/** Watches an episode from its beginning. */
export function watchEpisode({ world, setup: { goals } }: Episode): Witness {
  const rights = goals.map((goal) => ({
    goal,
    hand: createHand(isOnlyTouched(world, goal)),
    moved: movedSince(world, goal.object, partNamed(goal)),
  }));
  const others = othersOf(world, goals);
  const closures = new Map<Arm, 'none' | 'vain' | 'good'>();
  let missed = false;

  function look(): void {
    const commands = world.told();
    const told = (arm: Arm): number => commands[arm]?.gripper ?? 1;
    const touched = touchedBy(world);
    const inHand = new Set<Arm>();
    for (const { goal, hand } of rights) {
      const arms = armsWith(world, goal, touched);
      hand.look(arms, told, () => middleOf(world, goal.object)[2]);
      if (hand.state === 'held') for (const arm of arms) inHand.add(arm);
    }
    for (const { thing, part, hand } of others) {
      if (part !== undefined) continue;
      const near = [...touched.values()].some((bodies) => bodies.has(thing));
      hand.look(near ? holders(world, thing) : [], told, () => middleOf(world, thing)[2]);
    }
    for (const arm of armsOf(world.robot)) {
      if (told(arm) > CLOSED) {
        if (closures.get(arm) === 'vain') missed = true;
        closures.set(arm, 'none');
      } else if (inHand.has(arm)) closures.set(arm, 'good');
      else if (closures.get(arm) !== 'good') closures.set(arm, 'vain');
    }
  }

  function failure(): Failure {
    const open = rights.find(({ goal }) => !holds(goal, world)) ?? (rights.at(-1) as (typeof rights)[number]);
    const thing = bodyName(open.goal.object, partNamed(open.goal));
    switch (open.hand.state) {
      case 'held':
        return { kind: 'timeout', thing };
      case 'lost':
        return { kind: 'dropped', thing };
      case 'let go':
        return { kind: 'misplaced', thing };
      case 'never': {
        const wrong = open.moved() ? undefined : (others.find(({ hand }) => hand.state !== 'never') ?? others.find(({ moved }) => moved()));
        if (wrong) return { kind: 'wrong object', thing: bodyName(wrong.thing, wrong.part) };
        return { kind: missed || [...closures.values()].includes('vain') ? 'missed grasp' : 'timeout', thing };
      }
    }
  }

  return { look, failure };
}

/** Whether something is in hand, or was. */
interface Hand {
  readonly state: 'never' | 'held' | 'lost' | 'let go';
  /** The arms that may have it now, what their grippers are told, and how high it is, metres */
  look(arms: readonly Arm[], told: (arm: Arm) => number, height: () => number): void;
}

function createHand(onlyTouched = false): Hand {
  let state: Hand['state'] = 'never';
  let from: number | undefined;
  let [steps, without, closest] = [0, 0, 1];
  let last: readonly Arm[] = [];
  return {
    get state() {
      return state;
    },
    look(arms, told, height) {
      if (arms.length > 0) {
        from ??= height();
        without = 0;
        last = arms;
        closest = Math.min(closest, ...arms.map(told));
        if (onlyTouched || height() - from >= RAISED) steps++;
        if (steps >= HELD) state = 'held';
      } else if (from !== undefined && ++without >= LOST) {
        if (state === 'held') state = onlyTouched || last.some((arm) => told(arm) >= closest + OPENED) ? 'let go' : 'lost';
        from = undefined;
        [steps, closest] = [0, 1];
      }
    },
  };
}

/** Parts, and what is pushed, are not held. */
const isOnlyTouched = (world: World, goal: Goal): boolean => goal.kind === 'joint' || thingOf(world, goal.object).model.grasps.length === 0;

const partNamed = (goal: Goal): string | undefined => (goal.kind === 'joint' ? goal.part : undefined);

/** The bodies that the fingers of each arm touch. */
function touchedBy(world: World): ReadonlyMap<Arm, ReadonlySet<string>> {
  const contacts = world.contacts();
  return new Map(
    armsOf(world.robot).map((arm) => {
      const fingers = world.fingersOf(arm);
      const bodies = contacts.flatMap(({ bodies: [a, b] }) => (fingers.includes(a) ? [b] : fingers.includes(b) ? [a] : []));
      return [arm, new Set(bodies)];
    }),
  );
}

/** The arms that have a goal's thing in hand now. */
function armsWith(world: World, goal: Goal, touched: ReadonlyMap<Arm, ReadonlySet<string>>): Arm[] {
  const right = bodyName(goal.object, partNamed(goal));
  const touching = [...touched].flatMap(([arm, bodies]) => ([...bodies].some((body) => isPartOf(body, right)) ? [arm] : []));
  return touching.length === 0 || isOnlyTouched(world, goal) ? touching : holders(world, goal.object);
}

/** What no goal names: things that can be moved, and parts. */
function othersOf(world: World, goals: readonly Goal[]) {
  const named = new Set(
    goals.flatMap((goal) => [
      goal.object,
      bodyName(goal.object, partNamed(goal)),
      ...('target' in goal ? [goal.target] : []),
      ...(goal.kind === 'placed' ? [bodyName(goal.target, goal.part)] : []),
    ]),
  );
  const all = world.scene.things.flatMap(({ id, model: { fixed, parts = [] } }) => [
    ...(fixed ? [] : [{ thing: id, part: undefined }]),
    ...parts.map(({ name }) => ({ thing: id, part: name })),
  ]);
  return all
    .filter(({ thing, part }) => !named.has(bodyName(thing, part)))
    .map(({ thing, part }) => ({ thing, part, hand: createHand(), moved: movedSince(world, thing, part) }));
}

/** A function that says whether something is elsewhere than it is now. */
function movedSince(world: World, thing: string, part: string | undefined): () => boolean {
  if (part !== undefined) {
    const { range } = partOf(thingOf(world, thing).model, part).joint;
    const from = world.jointOf(thing, part);
    return () => Math.abs(world.jointOf(thing, part) - from) > TURNED * (range[1] - range[0]);
  }
  const from: Vec3 = [...world.poseOf(thing).position];
  return () => length3(subtract3(world.poseOf(thing).position, from)) > MOVED;
}
