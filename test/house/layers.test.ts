/** Which folders of `src` may look at which. */
import { expect, test } from 'vitest';
import { parse, resolveImport, type Source, sources } from './source.ts';

/** Every folder of `src`, and the others that it may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[] | 'everything'>> = {
  tensor: [],
  nn: ['tensor'],
  robot: ['tensor'],
  tokens: ['tensor'],
  data: ['tensor', 'robot', 'tokens'],
  sim: ['tensor', 'robot', 'tokens'],
  model: ['tensor', 'nn', 'robot', 'tokens'],
  train: ['tensor', 'nn', 'robot', 'tokens', 'model', 'data'],
  policy: ['tensor', 'nn', 'robot', 'tokens', 'model'],
  eval: ['tensor', 'nn', 'robot', 'tokens', 'model', 'policy', 'data', 'sim'],
  serve: ['tensor', 'nn', 'robot', 'tokens', 'model', 'policy'],
  studio: ['tensor', 'nn', 'robot', 'tokens', 'model', 'policy', 'data', 'sim'],
  cli: 'everything',
};

/** The one place that imports what the user names: experiments. */
const IMPORTS_EXPERIMENTS = 'src/cli/train/config.ts';

const layerOf = (path: string): string | undefined => /^src\/([^/]+)\//.exec(path)?.[1];

/** What is wrong with a source's place and imports, one sentence each. */
function layerViolations({ path, imports }: Source): string[] {
  const layer = layerOf(path);
  const allowed = layer === undefined ? undefined : MAY_IMPORT[layer];
  if (layer === undefined || allowed === undefined) return [`${path} is in none of the folders ${Object.keys(MAY_IMPORT).join(', ')}`];
  return imports.flatMap((specifier) => {
    if (specifier === undefined && path === IMPORTS_EXPERIMENTS) return [];
    if (specifier === undefined) return [`${path} imports something whose name is computed, which nobody can check`];
    const target = resolveImport(path, specifier);
    if (target === undefined) return [];
    const imported = layerOf(target);
    if (imported === undefined) return [`${path} imports ${specifier}, which is outside the folders of src`];
    if (imported === layer || allowed === 'everything' || allowed.includes(imported)) return [];
    return [`${path} imports ${specifier}, but ${layer} may import only ${['itself', ...allowed].join(', ')}`];
  });
}

test('every source imports only what its folder may', () => {
  expect(sources().flatMap(layerViolations)).toEqual([]);
});

test.each([
  ['an import', `import { a } from '../nn/linear.ts';`],
  ['an import of a type', `import type { A } from '../nn/linear.ts';`],
  ['an import for its effects', `import '../nn/linear.ts';`],
  ['an export', `export { a } from '../nn/linear.ts';`],
  ['an export of everything', `export * from '../nn/linear.ts';`],
  ['a dynamic import', `export const a = () => import('../nn/linear.ts');`],
  ['a type by import', `export type A = import('../nn/linear.ts').A;`],
])('%s in the wrong direction is found', (_, text) => {
  const [violation] = layerViolations(parse({ path: 'src/tensor/planted.ts', text }));
  expect(violation).toBe('src/tensor/planted.ts imports ../nn/linear.ts, but tensor may import only itself');
});

test.each([
  ['src/model/planted.ts', `import '../policy/chunk.ts';`, 'model may import only itself, tensor, nn, robot, tokens'],
  ['src/sim/planted.ts', `import '../model/expert.ts';`, 'sim may import only'],
  ['src/serve/planted.ts', `import '../eval/suite.ts';`, 'serve may import only'],
  ['src/eval/planted.ts', `import '../cli/main.ts';`, 'eval may import only'],
  ['src/tensor/planted.ts', `import '../../test/support/evaluate.ts';`, 'outside the folders of src'],
  ['src/tensor/planted.ts', `const name = 'a.ts'; await import(name);`, 'computed'],
  ['src/helpers/planted.ts', '', 'in none of the folders'],
  ['src/planted.ts', '', 'in none of the folders'],
])('%s: %s is found', (path, text, message) => {
  expect(layerViolations(parse({ path, text }))).toEqual([expect.stringContaining(message)]);
});

test('imports in the right direction are allowed', () => {
  const text = `import '../tensor/shape.ts'; import './linear.ts'; import 'pbf';`;
  expect(layerViolations(parse({ path: 'src/nn/planted.ts', text }))).toEqual([]);
  expect(layerViolations(parse({ path: 'src/cli/planted.ts', text: `import '../train/loop.ts';` }))).toEqual([]);
});
