/** Folders that run unchanged in Node and in a browser, and the files in them that are for one of the two. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse, ROOT, resolveImport, type Source, sources } from './source.ts';

const ISOMORPHIC = ['tensor', 'nn', 'robot', 'tokens', 'model', 'policy', 'sim'];

/** Packages that run in both. A new one is added here once somebody has seen it run in both. */
const RUN_ANYWHERE = ['@huggingface/tokenizers', '@mujoco/mujoco', 'onnxruntime-common', 'pbf', 'zod'];

type Platform = 'node' | 'web' | 'any';

const platformOf = (file: string): Platform => (/\.(node|web)\.tsx?$/.exec(file)?.[1] as Platform | undefined) ?? 'any';

/** `name` from `name/part`, `@scope/name` from `@scope/name/part`. */
const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/** What a source imports that it must not, one sentence each. */
function platformViolations({ path: file, imports }: Source): string[] {
  const folder = file.split('/')[1] ?? '';
  const platform = platformOf(file);
  if (!ISOMORPHIC.includes(folder)) return [];
  return imports.flatMap((specifier) => {
    const target = specifier === undefined ? undefined : resolveImport(file, specifier);
    if (specifier === undefined) return [];
    if (target === undefined) {
      if (platform === 'node' || RUN_ANYWHERE.includes(packageOf(specifier))) return [];
      if (platform === 'web') return specifier.startsWith('node:') ? [`${file} is for browsers, but imports ${specifier}`] : [];
      return [`${file} imports ${specifier}, but src/${folder} runs in browsers, too: that belongs in a *.node.ts or *.web.ts file`];
    }
    const needed = platformOf(target);
    if (needed === 'any' || needed === platform) return [];
    return [`${file} imports ${specifier}, which is for ${needed === 'node' ? 'Node' : 'browsers'} only`];
  });
}

test('what runs in Node and in browsers imports nothing that does not', () => {
  expect(sources().flatMap(platformViolations)).toEqual([]);
});

test.each([
  ['src/tensor/planted.ts', `import os from 'node:os';`, 'src/tensor runs in browsers, too'],
  ['src/tensor/planted.ts', `import os from 'os';`, 'src/tensor runs in browsers, too'],
  ['src/model/planted.ts', `export * from 'onnxruntime-node';`, 'src/model runs in browsers, too'],
  ['src/sim/planted.ts', `const fs = await import('node:fs');`, 'src/sim runs in browsers, too'],
  ['src/nn/planted.ts', `import { nodeEngine } from '../tensor/ort.node.ts';`, 'which is for Node only'],
  ['src/tensor/planted.ts', `import { webEngine } from './ort.web.ts';`, 'which is for browsers only'],
  ['src/tensor/planted.web.ts', `import { nodeEngine } from './ort.node.ts';`, 'which is for Node only'],
  ['src/tensor/planted.web.ts', `import os from 'node:os';`, 'is for browsers, but imports node:os'],
])('%s: %s is found', (file, text, message) => {
  expect(platformViolations(parse({ path: file, text }))).toEqual([expect.stringContaining(message)]);
});

test.each([
  ['src/tensor/planted.ts', `import { PbfWriter } from 'pbf'; import './shape.ts';`],
  ['src/tensor/planted.node.ts', `import os from 'node:os'; import ort from 'onnxruntime-node'; import './ort.node.ts';`],
  ['src/tensor/planted.web.ts', `import ort from 'onnxruntime-web/webgpu'; import './ort.ts';`],
  ['src/cli/planted.ts', `import os from 'node:os'; import '../tensor/ort.node.ts';`],
])('%s: %s is allowed', (file, text) => {
  expect(platformViolations(parse({ path: file, text }))).toEqual([]);
});

/** What the linter says of files, planted in a folder that has its configuration. */
function lint(planted: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-house-'));
  try {
    for (const config of ['biome.json', '.gitignore']) copyFileSync(path.join(ROOT, config), path.join(folder, config));
    for (const [file, text] of Object.entries(planted)) {
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    }
    const biome = path.join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
    const { stdout, stderr } = spawnSync(process.execPath, [biome, 'lint', '--colors=off'], { cwd: folder, encoding: 'utf8' });
    return `${stdout}${stderr}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the linter finds the globals of one platform in what runs in both', () => {
  const pid = 'export const pid = process.pid;\n';
  const title = 'export const title = document.title;\n';
  const report = lint({
    'src/tensor/planted.ts': pid,
    'src/model/planted.ts': title,
    'src/sim/planted.node.ts': pid,
    'src/nn/planted.web.ts': title,
    'src/cli/planted.ts': pid,
  });
  const found = [...report.matchAll(/^(\S+) lint\/style\/noRestrictedGlobals/gm)].map(([, where]) => where);
  expect(found.sort()).toEqual(['src/model/planted.ts:1:22', 'src/tensor/planted.ts:1:20']);
});
