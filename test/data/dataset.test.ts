/** What the numbers of a dataset mean: where a binding and its robot come from, and where they never come from. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { convert } from '../../src/data/convert.ts';
import { bindDataset, findBinding, openDataset } from '../../src/data/dataset.ts';
import { SHIPPED_EMBODIMENTS } from '../../src/robot/embodiments/shipped.ts';
import { memorySource } from './memory-source.ts';

const G1 = fileURLToPath(new URL('../fixtures/g1-pick-bottle', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-dataset-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...names: string[]): string => path.join(folder, ...names);

const source = memorySource({ rows: 40, fps: 30, values: { q: (t) => [t, 0, 0, -1, 0, 1, 0], g: () => [0.04] } });
const binding = (embodiment: string) => ({
  embodiment,
  arms: {
    either: {
      state: { kind: 'joints', joints: { feature: 'q', columns: [0, 1, 2, 3, 4, 5, 6] } },
      gripper: { feature: 'g', columns: [0], closed: 0, open: 0.08 },
    },
  },
});

/** A robot of one's own: the Panda under another name, in a folder beside the binding's. */
const { file, model } = SHIPPED_EMBODIMENTS.get('panda') as NonNullable<ReturnType<typeof SHIPPED_EMBODIMENTS.get>>;
mkdirSync(at('robots', 'mine'), { recursive: true });
writeFileSync(at('robots', 'mine', 'mine.json'), JSON.stringify({ ...file, name: 'mine', kinematics: 'mine.xml' }));
writeFileSync(at('robots', 'mine', 'mine.xml'), model);
writeFileSync(at('robots', 'binding.json'), JSON.stringify(binding('mine/mine.json')));

test('a robot of your own is found from the folder of the binding, and goes with a converted dataset', async () => {
  const options = { binding: at('robots', 'binding.json') };
  const bound = await bindDataset(source, options);
  expect(bound?.embodiment.name).toBe('mine');
  const found = await findBinding(source, options);
  await convert(source, at('converted'), found ? { binding: found } : {});
  rmSync(at('robots', 'mine'), { recursive: true });
  const converted = await openDataset(at('converted'));
  const again = await bindDataset(converted);
  expect(again?.embodiment).toEqual(bound?.embodiment);
  expect(again?.tracks(await converted.readRows(0), 'here')[0]?.poses).toEqual(bound?.tracks(await source.readRows(0), 'here')[0]?.poses);
  await converted.close();
});

test('a robot that comes with the package is stored by its name', async () => {
  writeFileSync(at('panda.json'), JSON.stringify(binding('panda')));
  const found = await findBinding(source, { binding: at('panda.json') });
  await convert(source, at('by-name'), found ? { binding: found } : {});
  expect(JSON.parse(readFileSync(at('by-name', 'meta', 'info.json'), 'utf8')).gear).toEqual({
    binding: { ...found?.binding, embodiment: 'panda' },
  });
});

/** The piece of a real dataset, with something else under `gear`. */
function withGear(name: string, gear: unknown): string {
  cpSync(G1, at(name), { recursive: true });
  const info = path.join(at(name), 'meta', 'info.json');
  writeFileSync(info, JSON.stringify({ ...JSON.parse(readFileSync(info, 'utf8')), gear }));
  return at(name);
}

test.each<[string, unknown, string]>([
  ['a path', { binding: binding('/etc/hostname.json') }, 'names the robot /etc/hostname.json, but does not have it; give a binding'],
  ['a relative path', { binding: binding('../robot.json') }, 'names the robot ../robot.json, but does not have it'],
  ['an unknown robot', { binding: binding('pando') }, 'pando'],
  ['half a robot', { binding: binding('mine'), embodiment: { file } }, 'embodiment should have a file and a model (MJCF or URDF)'],
  [
    'a robot that is none',
    { binding: binding('mine'), embodiment: { file: {}, model } },
    'gear of info.json: the embodiment file is wrong: name',
  ],
  ['a binding that is none', { binding: { embodiment: 'panda' } }, 'gear of info.json is no binding of a dataset to a robot'],
])('a dataset that names %s opens no other file', async (what, gear, message) => {
  const dataset = await openDataset(withGear(what, gear));
  await expect(bindDataset(dataset)).rejects.toThrow(message);
  await dataset.close();
});

test('a shipped binding is not for a dataset that lacks what it asks for', async () => {
  const values = { 'obs/joint_states': () => Array(7).fill(0), 'obs/gripper_states': () => [0, 0], actions: () => Array(7).fill(0) };
  const cameras = ['obs/agentview_rgb', 'obs/eye_in_hand_rgb'];
  const libero = memorySource({ rows: 3, fps: 20, values, cameras, format: 'libero-hdf5' });
  expect((await findBinding(libero))?.robot.file.name).toBe('panda');
  expect(await findBinding(memorySource({ rows: 3, fps: 20, values, cameras: cameras.slice(1), format: 'libero-hdf5' }))).toBeUndefined();
});

test.each([
  ['nothing', 'there is no dataset at'],
  ['package.json', 'is a file, but no *.hdf5; other datasets are folders'],
  ['empty', 'is no dataset: it has neither meta/info.json (LeRobot), nor *.hdf5 (LIBERO), nor videos'],
])('%s is refused', async (name, message) => {
  writeFileSync(at('package.json'), '{}');
  mkdirSync(at('empty'), { recursive: true });
  await expect(openDataset(at(name))).rejects.toThrow(message);
});
