/** `gear train`: what is refused before anything is done. Training itself is in `test/train`. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import object from '../../configs/object.ts';
import { experiment } from '../../src/train/experiment.ts';
import { gear } from './support.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-train-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const CONFIGS = fileURLToPath(new URL('../../configs', import.meta.url));

test('the experiments of the project are right', () => {
  expect(experiment(object).stages.map(({ name }) => name)).toEqual(['policy']);
});

const { record: _, ...elsewhere } = { ...object.data.object, path: 'nowhere' };
writeFileSync(at('broken.json'), '{"name": "x"');
writeFileSync(at('less.json'), JSON.stringify({ ...object, stages: [] }));
writeFileSync(at('lacking.json'), JSON.stringify({ ...object, data: { object: elsewhere } }));

test.each([
  ['a file that there is not', ['nothing.ts'], 2, 'gear: there is no file'],
  ['a module that there is not', [`${CONFIGS}/nothing.ts`], 2, 'gear: there is no file'],
  [
    'a module that exports no experiment',
    [fileURLToPath(import.meta.resolve('../../src/robot/names.ts'))],
    2,
    'it exports no experiment by default',
  ],
  ['JSON that is none', [at('broken.json')], 2, 'broken.json: '],
  ['an experiment without stages', [at('less.json')], 2, 'less.json: the experiment is wrong: stages: '],
  ['a dataset that is not there', [at('lacking.json'), '--data', at('data')], 1, 'there is no dataset "object" at'],
])('%s', async (_, args, exit, message) => {
  const { code, err } = await gear('train', ...args, '--out', at('run'));
  expect(err).toContain(message);
  expect(code).toBe(exit);
  expect(err.trim().split('\n')).toHaveLength(1);
  expect(existsSync(at('run'))).toBe(false);
});

test('where to is not left to chance', async () => {
  const { code, err } = await gear('train', `${CONFIGS}/object.ts`);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("required option '--out <dir>' not specified") });
});
