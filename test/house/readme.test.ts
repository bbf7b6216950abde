/** The examples of the README and the documents are programs that run, and files that can be read. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';
import { parseBinding } from '../../src/data/binding.ts';
import { readEmbodiment } from '../../src/robot/embodiments.node.ts';
import { ROOT } from './source.ts';

const SOURCES: Readonly<Record<string, string>> = {
  'gear-vla/data': 'src/data/index.ts',
  'gear-vla/nn': 'src/nn/index.ts',
  'gear-vla/tensor': 'src/tensor/index.ts',
  'gear-vla/tensor/node': 'src/tensor/index.node.ts',
};

const folder = await mkdtemp(path.join(tmpdir(), 'gear-readme-'));
afterAll(() => rm(folder, { recursive: true }));

/** The first block of code in a language of a document. */
async function blockOf(document: string, language: string): Promise<string> {
  const text = await readFile(path.join(ROOT, document), 'utf8');
  return new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(text)?.[1] as string;
}

/** Runs an example with the sources in place of the package. Returns what it printed. */
async function run(name: string, example: string): Promise<unknown[][]> {
  const program = example.replace(/from '(gear-vla[^']*)'/g, (_, name: string) => {
    return `from '${pathToFileURL(path.join(ROOT, SOURCES[name] as string)).href}'`;
  });
  const file = path.join(folder, name);
  await writeFile(file, program);
  const printed: unknown[][] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => void printed.push(values));
  await import(/* @vite-ignore */ pathToFileURL(file).href).finally(() => log.mockRestore());
  return printed;
}

test('the example trains, and saves what it trained', async () => {
  const saved = path.join(folder, 'xor.safetensors');
  const printed = await run('train.ts', (await blockOf('README.md', 'ts')).replace("'xor.safetensors'", JSON.stringify(saved)));
  expect(printed).toHaveLength(5);
  expect(printed.at(-1)?.[1]).toBeLessThan(0.5 * Math.LN2);
  expect((await stat(saved)).size).toBeGreaterThan(1000);
});

test('the example of data loads a batch', { timeout: 30_000 }, async () => {
  const dataset = path.join(ROOT, 'test', 'fixtures', 'g1-pick-bottle');
  const example = (await blockOf('docs/data.md', 'ts')).replaceAll("'test/fixtures/g1-pick-bottle'", JSON.stringify(dataset));
  expect(await run('data.ts', example)).toEqual([[[8, 3, 96, 96, 3], [8, 30, 2, 10], 'Pick up the yellow bottle on the table.']]);
});

test('the binding in the documents is one', async () => {
  const binding = parseBinding(JSON.parse(await blockOf('docs/data.md', 'json')), 'docs/data.md');
  expect((await readEmbodiment(binding.embodiment)).arms.map(({ slot }) => slot)).toEqual(Object.keys(binding.arms));
});
