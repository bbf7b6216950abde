/** Rows through a binding: poses of tools, grippers, and clear words where a binding and a dataset do not fit. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Binding, parseBinding } from '../../src/data/binding.ts';
import { bindDataset, openDataset } from '../../src/data/dataset.ts';
import { bindSource } from '../../src/data/tracks.ts';
import { readEmbodiment } from '../../src/robot/embodiments.node.ts';
import { forwardKinematics } from '../../src/robot/kinematics.ts';
import { matrixFromAxisAngle, matrixFromQuaternion } from '../../src/robot/rotation.ts';
import { composePoses, invertPose } from '../../src/robot/se3.ts';
import { memorySource } from './memory-source.ts';

const G1 = fileURLToPath(new URL('../fixtures/g1-pick-bottle', import.meta.url));

test('the Unitree G1: joints by name, hands as the mean of their fingers', async () => {
  const source = await openDataset(G1);
  const bound = (await bindDataset(source)) as NonNullable<Awaited<ReturnType<typeof bindDataset>>>;
  const rows = await source.readRows(1, { from: 20, to: 30 });
  const [left, right] = bound.tracks(rows, 'here');
  const state = rows.columns['observation.state']?.data as Float32Array;
  const action = rows.columns.action?.data as Float32Array;
  const chain = bound.embodiment.arms[1]?.chain as NonNullable<(typeof bound.embodiment.arms)[number]>['chain'];
  for (let row = 0; row < 10; row++) {
    const at = row * 26;
    expect(right?.poses[row]).toEqual(forwardKinematics(chain, state.subarray(at + 7, at + 14)));
    const mean = (values: Float32Array, from: number): number => values.subarray(from, from + 6).reduce((a, b) => a + b, 0) / 6;
    expect(left?.gripper[row]).toBeCloseTo(mean(state, at + 14), 6);
    expect(right?.gripper[row]).toBeCloseTo(mean(state, at + 20), 6);
    expect(right?.targetGripper[row]).toBeCloseTo(mean(action, at + 20), 6);
  }
  expect(right?.targetPoses).toBe(right?.poses);
  await source.close();
});

const embodiment = await readEmbodiment('panda');
const columns = (feature: string, ...positions: (number | string)[]) => ({ feature, columns: positions });

/** Poses as position and rotation in the columns of `state`, a gripper counted from 255 closed to 0 open in the last one. */
const poses = (convention: string, dims: number, more: object = {}) => ({
  embodiment: 'panda',
  arms: {
    either: {
      state: {
        kind: 'pose',
        position: columns('state', 0, 1, 2),
        rotation: { ...columns('state', ...Array.from({ length: dims }, (_, i) => 3 + i)), convention },
        ...more,
      },
      gripper: { ...columns('state', 3 + dims), closed: 255, open: 0 },
    },
  },
});

const bind = (binding: object, values: Record<string, (seconds: number, row: number) => readonly number[]>, names = {}) => {
  const source = memorySource({ rows: 4, fps: 10, values, names });
  return { source, bound: bindSource(source, parseBinding(binding, 'the binding'), embodiment) };
};

test('poses as the dataset gives them, from its base and to our tool', async () => {
  const offset = { position: [0.1, 0.2, 0.3], quaternion: [Math.SQRT1_2, 0, 0, Math.SQRT1_2] } as const;
  const base = { position: [-0.6, 0, 0.9], quaternion: [0, 1, 0, 0] } as const;
  const v = [0.3, -0.4, 0.5] as const;
  const { source, bound } = bind(poses('axis-angle', 3, { tool: offset, base }), { state: (t) => [1, t, 2, ...v, 51] });
  const [track] = bound.tracks(await source.readRows(0), 'here');
  const pose = (o: typeof offset | typeof base) => ({ position: o.position, rotation: matrixFromQuaternion(o.quaternion) });
  const recorded = { position: [1, 0.3, 2] as const, rotation: matrixFromAxisAngle(v) };
  const expected = composePoses(composePoses(invertPose(pose(base)), recorded), pose(offset));
  expect([...(track?.poses[3]?.position ?? [])]).toBeAllclose([...expected.position], { atol: 1e-12 });
  expect([...(track?.poses[3]?.rotation ?? [])]).toBeAllclose([...expected.rotation], { atol: 1e-12 });
  expect(track?.gripper[0]).toBeCloseTo(0.8);
  expect(track?.jointCount).toBe(0);
});

test('a quaternion and its negative are one rotation', async () => {
  const q = [0.1, 0.7, -0.1, 0.7].map((x) => x / Math.hypot(0.1, 0.7, 0.1, 0.7));
  const { source, bound } = bind(poses('quaternion-xyzw', 4), { state: (_, row) => [0, 0, 0, ...q.map((x) => (row % 2 ? -x : x)), 0] });
  const [track] = bound.tracks(await source.readRows(0), 'here');
  for (const { rotation } of track?.poses ?? [])
    expect([...rotation]).toBeAllclose([...(track?.poses[0]?.rotation ?? [])], { atol: 1e-12 });
});

describe('says what does not fit', () => {
  const state = () => Array(8).fill(0);
  test.each<[string, object, RegExp | string]>([
    [
      'a missing feature',
      {
        ...poses('axis-angle', 3),
        arms: { either: { ...poses('axis-angle', 3).arms.either, gripper: { ...columns('hand', 0), closed: 0, open: 1 } } },
      },
      'the dataset has no feature "hand", only state',
    ],
    ['a missing column', poses('matrix', 9), 'feature "state" of 8 values has no column 8; its columns have no names'],
    [
      'another number of joints',
      {
        embodiment: 'panda',
        arms: {
          either: {
            state: { kind: 'joints', joints: columns('state', 0, 1, 2, 3, 4, 5) },
            gripper: { ...columns('state', 6), closed: 0, open: 1 },
          },
        },
      },
      /the either arm of "panda" has 7 joints \(.*\), but the binding gives 6 columns/,
    ],
    [
      'an arm that the robot lacks',
      { embodiment: 'panda', arms: { left: poses('axis-angle', 3).arms.either } },
      'has an arm "left", but the embodiment "panda" has either',
    ],
    ['a missing camera', { ...poses('axis-angle', 3), cameras: { head: 'front' } }, 'names the cameras front, but the dataset has none'],
  ])('%s', (_, binding, message) => {
    expect(() => bind(binding, { state })).toThrow(message);
  });

  test.each<[string, object, string]>([
    [
      'too few columns of a rotation',
      poses('rmat6d-columns', 3),
      'the binding: either state rotation (rmat6d-columns) needs 6 columns, but 3 are given',
    ],
    ['an unknown convention', poses('rot6d', 6), 'arms.either.state.rotation.convention'],
    [
      'one arm and a left one',
      { ...poses('axis-angle', 3), arms: { ...poses('axis-angle', 3).arms, left: poses('axis-angle', 3).arms.either } },
      'expected left, right or both, or either alone',
    ],
    [
      'a gripper that cannot move',
      {
        ...poses('axis-angle', 3),
        arms: { either: { ...poses('axis-angle', 3).arms.either, gripper: { ...columns('state', 6), closed: 1, open: 1 } } },
      },
      'the either gripper is both closed and open at 1',
    ],
    [
      'a left wrist on one arm',
      { ...poses('axis-angle', 3), cameras: { leftWrist: 'hand' } },
      'the camera of a wrist is called "wrist" here',
    ],
    ['an unknown field', { ...poses('axis-angle', 3), camera: {} }, 'camera'],
  ])('%s', (_, binding, message) => {
    expect(() => parseBinding(binding, 'the binding')).toThrow(message);
  });

  test('a number that is none, by frame and arm', async () => {
    const { source, bound } = bind(poses('axis-angle', 3), { state: (_, row) => [0, 0, row === 2 ? Number.NaN : 0, 0, 0, 0, 0] });
    const rows = await source.readRows(0, { from: 1, to: 4 });
    expect(() => bound.tracks(rows, 'memory, episode 0')).toThrow('memory, episode 0, frame 2, either arm: column 2 of "state" is NaN');
  });
});

test('a binding survives being stored', () => {
  const binding: Binding = parseBinding(poses('axis-angle', 3), 'the binding');
  expect(parseBinding(JSON.parse(JSON.stringify(binding)), 'the stored one')).toEqual(binding);
});
