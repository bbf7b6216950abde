import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEmbodiment } from '../../src/robot/embodiments.node.ts';
import { SHIPPED_EMBODIMENTS, shippedEmbodiment } from '../../src/robot/index.ts';
import { ROOT } from '../house/source.ts';

let folder: string;
const inside = (file: string): string => path.join(folder, file);

const mine = { ...SHIPPED_EMBODIMENTS.get('panda')?.file, name: 'mine' };
const model = SHIPPED_EMBODIMENTS.get('panda')?.model as string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gear-embodiment-'));
  await mkdir(inside('robots'));
  await writeFile(inside('robots/mine.json'), JSON.stringify(mine));
  await writeFile(inside('robots/panda.xml'), model);
  await writeFile(inside('robots/broken.json'), '{ "name": ');
  await writeFile(inside('robots/lost.json'), JSON.stringify({ ...mine, kinematics: 'lost.xml' }));
  await writeFile(inside('robots/away.json'), JSON.stringify({ ...mine, kinematics: '../secret.xml' }));
  await writeFile(inside('robots/linked.json'), JSON.stringify({ ...mine, kinematics: 'linked.xml' }));
  await writeFile(inside('secret.xml'), model);
  await symlink(inside('secret.xml'), inside('robots/linked.xml'));
  await symlink(inside('robots'), inside('elsewhere'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('robots', () => {
  test('by name', async () => {
    expect(await readEmbodiment('panda')).toEqual(await shippedEmbodiment('panda'));
  });

  test.each(['robots/mine.json', 'elsewhere/mine.json'])('from %s', async (file) => {
    const { name, arms } = await readEmbodiment(inside(file));
    expect([name, arms]).toEqual(['mine', (await shippedEmbodiment('panda')).arms]);
  });

  test.each([
    ['pandda', /there is no embodiment "pandda": .*"panda".*; one of yours is given by the path of its \.json file$/],
    ['robots/none.json', /cannot read the embodiment .*none\.json: ENOENT/],
    ['robots/broken.json', /broken\.json: this is not JSON: /],
    ['robots/lost.json', /lost\.json: cannot read the model .*lost\.xml: ENOENT/],
    ['robots/away.json', /away\.json: the embodiment "mine" is wrong: kinematics: expected the name of a file beside this one/],
    ['robots/linked.json', /linked\.json: linked\.xml must lie beside the embodiment's file, but it is a link to .*secret\.xml$/],
  ])('not from %s', async (file, message) => {
    await expect(readEmbodiment(file.includes('/') ? inside(file) : file)).rejects.toThrow(message);
  });

  test('are all listed: no module is forgotten', async () => {
    const { readdir } = await import('node:fs/promises');
    const files = (await readdir(path.join(ROOT, 'src/robot/embodiments'))).filter((file) => file !== 'shipped.ts');
    expect(files.map((file) => file.replace(/\.ts$/, '')).sort()).toEqual([...SHIPPED_EMBODIMENTS.keys()].sort());
  });
});
