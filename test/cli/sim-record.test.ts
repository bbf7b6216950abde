/** `gear sim record`: the same dataset whatever happens on the way, sound, and with the actions that the expert gave. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bindDataset, openDataset } from '../../src/data/dataset.ts';
import { examine } from '../../src/data/doctor/examine.ts';
import { episodeReader } from '../../src/data/episodes.ts';
import { canonicalSample } from '../../src/data/samples.ts';
import { ACTION_DIMS, ARMS, POSE_DIMS, STATE_DIMS } from '../../src/robot/canonical.ts';
import { readPose, relativePose } from '../../src/robot/se3.ts';
import { type DemonstrationStep, demonstrate } from '../../src/sim/demonstration.ts';
import { beginEpisode } from '../../src/sim/episode.ts';
import { simRobot } from '../../src/sim/robots.ts';
import { taskNamed } from '../../src/sim/tasks/tasks.ts';
import { contentsOf, gear } from './support.ts';

// Threads load the sources for themselves.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-record-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

const TASK = 'spatial/bowl-next-to-plate';
const SETTINGS = ['--episodes', '3', '--seed', '7', '--size', '32'];

beforeAll(async () => {
  const { code, out, err } = await gear('sim', 'record', TASK, '--out', at('one'), ...SETTINGS, '--workers', '1');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/one: 3 episodes, \d+ frames of 1 task\n/);
});

test('two threads make the same dataset as one', async () => {
  expect((await gear('sim', 'record', TASK, '--out', at('two'), ...SETTINGS, '--workers', '2')).code).toBe(0);
  expect(contentsOf(at('two'))).toEqual(contentsOf(at('one')));
});

test('the doctor finds nothing wrong', async () => {
  const { findings, summary } = await examine(at('one'), { thorough: true });
  expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  expect(summary).toMatchObject({ episodes: 3, embodiment: 'panda', cameras: ['observation.images.head', 'observation.images.wrist'] });
});

test('info knows the robot, its views and where all comes from', async () => {
  const info = JSON.parse((await gear('data', 'info', at('one'), '--json')).out);
  expect(info).toMatchObject({ format: 'lerobot-v3.0', episodes: 3, fps: 30, missingViews: [], embodiment: { name: 'panda' } });
  const { episodes, failed, ...made } = JSON.parse(readFileSync(path.join(at('one'), 'meta', 'gear-sim.json'), 'utf8'));
  expect(made).toMatchObject({ tasks: [TASK], robot: 'panda', seed: 7, size: 32, disturbances: { drift: { rate: 0.7 } } });
  expect([...episodes, ...failed].map(({ seed }: { seed: number }) => seed).sort()).toEqual(
    [7, 8, 9].concat(failed.length > 0 ? [10] : []),
  );
});

test('beginnings are those of whole demonstrations, and aim at what comes after them', async () => {
  const opening = 4;
  expect((await gear('sim', 'record', TASK, '--out', at('first'), ...SETTINGS, '--opening', `${opening}`)).code).toBe(0);
  const [whole, first] = [await openDataset(at('one')), await openDataset(at('first'))];
  let moved = 0;
  for (const [i, { length }] of whole.episodes.entries()) {
    expect(first.episodes[i]?.length).toBe(opening);
    const [all, some] = [await whole.readRows(i), await first.readRows(i)];
    const aims = all.columns['observation.aim']?.data as Float32Array;
    for (const feature of ['observation.state', 'action', 'observation.aim']) {
      const data = some.columns[feature]?.data as Float32Array;
      expect(data).toEqual(all.columns[feature]?.data.slice(0, data.length));
    }
    // What is closed and opened is in the head view, and mostly elsewhere at the end than at the beginning.
    expect(aims).toHaveLength(4 * length);
    for (const from of [0, 4 * (length - 1)]) for (const part of aims.slice(from, from + 2)) expect(part > 0 && part < 1).toBe(true);
    if (Math.abs((aims[0] as number) - (aims.at(-4) as number)) > 0.01) moved++;
  }
  expect(moved).toBeGreaterThan(1);
  await Promise.all([whole.close(), first.close()]);
});

/** What happens in the simulator itself. */
async function stepsOf(seed: number): Promise<{ steps: DemonstrationStep[]; instruction: string }> {
  const episode = await beginEpisode(taskNamed(TASK), seed, await simRobot('panda'));
  const steps = [...demonstrate(episode)];
  episode.world.close();
  return { steps, instruction: episode.instruction };
}

test('canonical samples have the measured states and the commands relative to them', async () => {
  const source = await openDataset(at('one'));
  const bound = await bindDataset(source);
  if (!bound) throw new Error('no binding');
  const reader = episodeReader(bound);
  const { steps, instruction } = await stepsOf(7);
  expect(source.episodes[0]?.length).toBe(steps.length);
  const [moment, horizon] = [11, 30];
  const sample = await canonicalSample(reader, 0, moment, { viewSize: 32, steps: horizon }, { seed: 1, draw: 0 });
  expect(sample).toMatchObject({ instruction, embodiment: 'panda' });
  const slot = ARMS.findIndex((_, arm) => sample.stateMask[arm * STATE_DIMS]);
  const now = steps[moment]?.state.right;
  if (!now) throw new Error('no arm');
  const close = (got: ArrayLike<number>, wanted: readonly number[]): void => {
    for (const [i, value] of wanted.entries()) expect(got[i]).toBeCloseTo(value, 5);
  };
  const state = sample.state.subarray(slot * STATE_DIMS, (slot + 1) * STATE_DIMS);
  close(state, [...now.pose.position]);
  close(state.subarray(POSE_DIMS), [now.gripper, ...now.joints]);
  for (let i = 0; i < horizon; i++) {
    // The command of a row is for the time of the next one.
    const command = steps[moment + i]?.command.right;
    if (!command) throw new Error('no command');
    const action = sample.actions.subarray((i * ARMS.length + slot) * ACTION_DIMS, (i * ARMS.length + slot + 1) * ACTION_DIMS);
    const wanted = relativePose(now.pose, command.pose);
    const got = readPose(action, 0);
    close(got.position, [...wanted.position]);
    close(got.rotation, [...wanted.rotation]);
    expect(action[POSE_DIMS]).toBeCloseTo(command.gripper, 6);
  }
  reader.close();
  await source.close();
});

test('a full disk, or a folder that cannot be written, is said, and what is done is kept', async () => {
  writeFileSync(at('file'), '');
  const { code, err } = await gear('sim', 'record', TASK, '--out', path.join(at('file'), 'below'), ...SETTINGS);
  expect(code).toBe(1);
  expect(err).toMatch(/^gear: .*file.*\n$/);
});

test.each<[string, string[], number, string]>([
  ['an unknown task', ['spatial/bowl-next-to-plat'], 2, `gear: there is no task or suite "spatial/bowl-next-to-plat": the nearest of`],
  ['a pattern of nothing', ['nothing/*'], 2, 'there is no task or suite "nothing/*"'],
  ['an unknown robot', [TASK, '--robot', 'pandas'], 2, 'there is no simulated robot "pandas": there are "panda", '],
  ['a robot with too many arms', [TASK, '--robot', 'agilex'], 2, `${TASK} takes one arm, which agilex does not have: choose panda or ur5e`],
  ['an unknown perturbation', [TASK, '--perturb', 'camra:3'], 2, 'there is no perturbation "camra"'],
  ['a strength that is none', [TASK, '--perturb', 'camera:9'], 2, 'expected camera:1 to camera:5'],
  ['an odd size', [TASK, '--size', '113'], 2, 'expected an even number of pixels'],
  ['no episodes', [TASK, '--episodes', '0'], 2, 'expected a whole number from 1 up'],
  ['no task', [], 2, "missing required argument 'tasks'"],
])('%s', async (_, args, code, message) => {
  const outcome = await gear('sim', 'record', ...args, '--out', at('wrong'));
  expect({ code: outcome.code, lines: outcome.err.trim().split('\n').length }).toEqual({ code, lines: 1 });
  expect(outcome.err).toContain(message);
  expect(existsSync(at('wrong.partial'))).toBe(false);
});

test('a target that is there already', async () => {
  const { code, err } = await gear('sim', 'record', TASK, '--out', at('one'));
  expect(code).toBe(1);
  expect(err).toMatch(/^gear: .*one is not empty .*choose a new folder\n$/);
});
