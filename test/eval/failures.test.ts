/** Why episodes fail: each kind brought about on purpose, by experts that do something else than they are told. */
import { describe, expect, test } from 'vitest';
import type { Actor } from '../../src/eval/actor.ts';
import { scriptedActor } from '../../src/eval/actor.ts';
import { type RolloutResult, rollOut } from '../../src/eval/rollout.ts';
import { beginTrial } from '../../src/eval/trial.ts';
import type { PerArm } from '../../src/robot/actions.ts';
import { ARMS } from '../../src/robot/canonical.ts';
import type { ArmCommand } from '../../src/sim/controller.ts';
import type { Episode } from '../../src/sim/episode.ts';
import { createExpert } from '../../src/sim/expert.ts';
import { type Goal, held } from '../../src/sim/goals.ts';

/** Acts an episode out. */
async function actOut(task: string, actorFor: (episode: Episode) => Actor, robot = 'panda'): Promise<RolloutResult> {
  const episode = await beginTrial({ task, robot, perturbation: 'none', seed: 1_000_000 });
  try {
    return await rollOut(episode, actorFor(episode));
  } finally {
    episode.world.close();
  }
}

/** An expert with other goals than the task's. */
const expertOf =
  (...goals: Goal[]) =>
  ({ world }: Episode): Actor =>
    createExpert(world, goals);

/** All commands with other grippers. */
const withGrippers = (commands: PerArm<ArmCommand>, other: (gripper: number) => number): PerArm<ArmCommand> =>
  Object.fromEntries(ARMS.flatMap((arm) => (commands[arm] ? [[arm, { ...commands[arm], gripper: other(commands[arm].gripper) }]] : [])));

/** The expert until it has lifted the thing, and then something else. */
function expertUntilLifted(thing: string, then: (episode: Episode) => PerArm<ArmCommand>) {
  return (episode: Episode): Actor => {
    const { world } = episode;
    const expert = episode.expert();
    let lifted = false;
    return {
      act() {
        lifted ||= held(world, thing) && world.poseOf(thing).position[2] > 0.06;
        return lifted ? then(episode) : expert.act();
      },
    };
  };
}

const CAN = 'object/red-can';

test('what succeeds has no failure', async () => {
  const { success, failure, steps } = await actOut(CAN, (episode) => scriptedActor('expert', episode));
  expect({ success, failure }).toEqual({ success: true, failure: undefined });
  expect(steps).toBeLessThan(240);
});

describe('wrong object', () => {
  test('another thing is put into the basket', async () => {
    const { failure, steps } = await actOut(CAN, (episode) => {
      const other = episode.scene.things.find(({ id }) => !['red can', 'basket'].includes(id))?.id as string;
      return expertOf({ kind: 'placed', object: other, target: 'basket' })(episode);
    });
    expect(failure).toEqual({ kind: 'wrong object', thing: expect.not.stringMatching(/red can|basket/) });
    expect(steps).toBe(240);
  });

  test('another drawer is opened', async () => {
    const wrong = expertOf({ kind: 'joint', object: 'cabinet', part: 'top drawer', to: 'upper' });
    expect((await actOut('goal/open-middle-drawer', wrong)).failure).toEqual({ kind: 'wrong object', thing: 'cabinet/top drawer' });
  });

  test('of two bowls the other one', async () => {
    const wrong = expertOf({ kind: 'placed', object: 'bowl 2', target: 'plate' });
    expect((await actOut('spatial/bowl-next-to-plate', wrong)).failure).toEqual({ kind: 'wrong object', thing: 'bowl 2' });
  });
});

describe('missed grasp', () => {
  test('a gripper that does not open far enough to get around the thing', async () => {
    const narrow = (episode: Episode): Actor => {
      const expert = episode.expert();
      return { act: () => withGrippers(expert.act(), (gripper) => Math.min(gripper, 0.3)) };
    };
    expect((await actOut('object/brown-box', narrow)).failure).toEqual({ kind: 'missed grasp', thing: 'brown box' });
  });

  test('a gripper that closes in the air', async () => {
    const closing = (episode: Episode): Actor => ({ act: () => withGrippers(episode.world.told(), () => 0) });
    expect((await actOut(CAN, closing)).failure).toEqual({ kind: 'missed grasp', thing: 'red can' });
  });
});

test('dropped: it slips out of a gripper that stays closed', async () => {
  const pulled = expertUntilLifted('red can', ({ world }) => {
    world.push('red can', [0, 0, -3]);
    return {};
  });
  expect((await actOut(CAN, pulled)).failure).toEqual({ kind: 'dropped', thing: 'red can' });
});

test('misplaced: it is let go where it does not belong', async () => {
  const opening = expertUntilLifted('red can', ({ world }) => withGrippers(world.told(), () => 1));
  expect((await actOut(CAN, opening)).failure).toEqual({ kind: 'misplaced', thing: 'red can' });
});

describe('timeout', () => {
  test('nobody has tried', async () => {
    const result = await actOut(CAN, (episode) => scriptedActor('still', episode));
    expect(result).toEqual({ success: false, steps: 240, failure: { kind: 'timeout', thing: 'red can' } });
  });

  test('it is still held', async () => {
    expect(
      (
        await actOut(
          CAN,
          expertUntilLifted('red can', () => ({})),
        )
      ).failure,
    ).toEqual({ kind: 'timeout', thing: 'red can' });
  });

  test('the first of two things is done, and nobody has tried the second', async () => {
    const half = expertOf({ kind: 'placed', object: 'red can', target: 'basket' });
    expect((await actOut('long/red-can-and-yellow-soup-tin-in-basket', half)).failure).toEqual({
      kind: 'timeout',
      thing: 'yellow soup tin',
    });
  });

  test('two arms wait', async () => {
    const result = await actOut('bimanual/lift-pot', (episode) => scriptedActor('still', episode), 'agilex');
    expect(result.failure?.kind).toBe('timeout');
  });
});
