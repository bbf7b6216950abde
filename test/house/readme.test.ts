/** The README's example is a program that runs. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';
import { ROOT } from './source.ts';

const SOURCES: Readonly<Record<string, string>> = {
  'gear-vla/nn': 'src/nn/index.ts',
  'gear-vla/tensor': 'src/tensor/index.ts',
  'gear-vla/tensor/node': 'src/tensor/index.node.ts',
};

const folder = await mkdtemp(path.join(tmpdir(), 'gear-readme-'));
afterAll(() => rm(folder, { recursive: true }));

test('the example trains, and saves what it trained', async () => {
  const readme = await readFile(path.join(ROOT, 'README.md'), 'utf8');
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] as string;
  const saved = path.join(folder, 'xor.safetensors');
  const program = example
    .replace(/from '(gear-vla[^']*)'/g, (_, name: string) => `from '${pathToFileURL(path.join(ROOT, SOURCES[name] as string)).href}'`)
    .replace("'xor.safetensors'", JSON.stringify(saved));
  const file = path.join(folder, 'example.ts');
  await writeFile(file, program);
  const losses: number[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((_, loss) => void losses.push(loss));
  await import(/* @vite-ignore */ pathToFileURL(file).href);
  log.mockRestore();
  expect(losses).toHaveLength(5);
  expect(losses.at(-1)).toBeLessThan(0.5 * Math.LN2);
  expect((await stat(saved)).size).toBeGreaterThan(1000);
});
