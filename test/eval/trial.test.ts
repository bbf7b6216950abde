import { describe, expect, test } from 'vitest';
import { beginTrial, parseConditions, planTrial, trialName, trialsOf } from '../../src/eval/trial.ts';
import { planEpisode } from '../../src/sim/episode.ts';
import { PERTURBATIONS } from '../../src/sim/perturbations.ts';
import { taskNamed } from '../../src/sim/tasks/tasks.ts';

describe('conditions', () => {
  test.each([
    ['none', ['none']],
    ['camera:3, light:5', ['camera:3', 'light:5']],
    ['none,camera:3+light:5', ['none', 'camera:3+light:5']],
    ['all:2', PERTURBATIONS.map((kind) => `${kind}:2`)],
  ])('%s', (text, conditions) => {
    expect(parseConditions(text)).toEqual(conditions);
  });

  test.each([
    ['', 'a condition is empty'],
    ['camera:3,', 'a condition is empty'],
    ['rain:3', 'there is no perturbation "rain"'],
    ['camera', 'expected camera:1 to camera:5'],
    ['all:6', 'expected camera:1 to camera:5'],
    ['camera:3+camera:4', 'the perturbation camera is there twice'],
    ['all:3,camera:3', 'the condition camera:3 is there twice'],
  ])('refused: %j', (text, message) => {
    expect(() => parseConditions(text)).toThrow(message);
  });
});

const plan = {
  tasks: ['object/red-can', 'bimanual/lift-pot'],
  robots: ['panda', 'ur5e', 'agilex'],
  perturbations: ['none', 'light:2'],
  seed: 7,
  trials: 2,
};

test('each task is tried with the robots that have as many arms, in all conditions, seed by seed', () => {
  const trials = trialsOf(plan);
  expect(trials.slice(0, 6).map(trialName)).toEqual([
    'object/red-can, seed 7, panda',
    'object/red-can, seed 7, ur5e',
    'bimanual/lift-pot, seed 7, agilex',
    'object/red-can, seed 7, panda, light:2',
    'object/red-can, seed 7, ur5e, light:2',
    'bimanual/lift-pot, seed 7, agilex, light:2',
  ]);
  expect(trials).toHaveLength(12);
  expect(new Set(trials.map(trialName)).size).toBe(12);
});

test('the episode of a trial is the one that was planned, and perturbed as its condition says', async () => {
  const trial = { task: 'object/red-can', robot: 'panda', perturbation: 'language:2+layout:3', seed: 1_000_000 };
  const [planned, nominal] = [await planTrial(trial), planEpisode(taskNamed(trial.task), trial.seed)];
  const { world, instruction, scene } = await beginTrial(trial);
  world.close();
  expect({ instruction, scene }).toEqual({ instruction: planned.instruction, scene: planned.scene });
  expect(instruction).not.toBe(nominal.instruction);
  expect(scene.things).not.toEqual(nominal.scene.things);
});
