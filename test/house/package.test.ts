/** What package.json promises. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './source.ts';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as Manifest;

/** What is wrong with a manifest, one sentence each. `exists` says whether a file is there, by its path from the root. */
function manifestViolations({ dependencies, devDependencies, bin = {}, files = [], exports = {} }: Manifest, exists = inRoot): string[] {
  const versions = Object.entries({ ...dependencies, ...devDependencies });
  const targets = Object.values(exports).flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)));
  return [
    ...versions
      .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))
      .map(([name, version]) => `${name} "${version}" is not one exact version`),
    ...Object.entries(bin)
      .filter(([, file]) => !exists(file))
      .map(([name, file]) => `the program ${name} is ${file}, which is not there`),
    ...files.filter((file) => file !== 'dist' && !exists(file)).map((file) => `files lists ${file}, which is not there`),
    ...targets
      .filter((target) => !exists(sourceOf(target)))
      .map((target) => `exports lists ${target}, but ${sourceOf(target)} is not there`),
    ...targets.filter((target) => !shipped(target, files)).map((target) => `exports lists ${target}, which files leaves out`),
  ];
}

const inRoot = (file: string): boolean => existsSync(path.join(ROOT, file));

/** The source of a built file: `./dist/nn/index.d.ts` comes from `./src/nn/index.ts`. Other files are their own. */
const sourceOf = (target: string): string => target.replace(/^\.\/dist\/(.*?)(?:\.d\.ts|\.js)$/, './src/$1.ts');

const shipped = (target: string, files: readonly string[]): boolean =>
  target === './package.json' || files.some((file) => target.startsWith(`./${file}/`));

test('package.json keeps its promises', () => {
  expect(manifestViolations(manifest)).toEqual([]);
});

test.each<[Manifest, string]>([
  [{ dependencies: { planted: '^1.0.0' } }, 'planted "^1.0.0" is not one exact version'],
  [{ devDependencies: { planted: 'latest' } }, 'planted "latest" is not one exact version'],
  [{ bin: { planted: 'bin/planted.js' } }, 'the program planted is bin/planted.js, which is not there'],
  [{ files: ['planted'] }, 'files lists planted, which is not there'],
  [
    { files: ['dist'], exports: { './planted': './dist/planted.js' } },
    'exports lists ./dist/planted.js, but ./src/planted.ts is not there',
  ],
  [{ exports: { './main': { types: './dist/cli/main.d.ts' } } }, 'exports lists ./dist/cli/main.d.ts, which files leaves out'],
])('%j is found', (planted, message) => {
  expect(manifestViolations(planted)).toEqual([message]);
});

test('the programs can be executed', () => {
  const modes = Object.values(manifest.bin ?? {}).map((file) => statSync(path.join(ROOT, file)).mode);
  expect(modes.every((mode) => process.platform === 'win32' || (mode & 0o111) !== 0)).toBe(true);
});

test('the lockfile is for this package.json', () => {
  const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, Manifest> };
  const { dependencies, devDependencies } = lock.packages[''] ?? {};
  expect({ dependencies, devDependencies }).toEqual({ dependencies: manifest.dependencies, devDependencies: manifest.devDependencies });
});
