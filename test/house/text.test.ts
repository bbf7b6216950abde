/** What no text of the house contains: somebody's paths, things left to do, and randomness that cannot be repeated. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { files, ROOT, type TextFile } from './source.ts';

const TEXT = /\.(tsx?|m?js|json|md|py|html|css|ya?ml|sh)$|^run$/;

/** Folders that are built or installed, not written. */
const IGNORED = ['.git/', ...readFileSync(path.join(ROOT, '.gitignore'), 'utf8').split('\n')];

/** Paths of one machine: home, work, temporary and mounted folders. `/usr` and `/proc` are everywhere. */
const MACHINE_PATH = /(?<![\w.~*-])(?:\/(?:home|Users|root|work|workspace|tmp|mnt|media)\/\w|[A-Z]:\\{1,2}Users\\)/;

const LEFT_TO_DO = /\b(?:TODO|FIXME)\b/;

/** Sources of randomness that no seed repeats. */
const OTHER_RANDOMNESS = /\bMath\.random\b|\bgetRandomValues\b|\brandom(?:UUID|Bytes|Int)\b/;

/** What engines compute differently in the last bits: not for what must be the same everywhere (`src/tensor/portable-math.ts`). Powers of 2 are exact. */
const NOT_PORTABLE = /\bMath\.(?:a?(?:sin|cos|tan)h?|atan2|exp(?:m1)?|log(?:1p|2|10)?|pow|hypot|cbrt)\(|(?<!\b2 |[/*])\*\*(?![*/])/;

/** The lines that a pattern finds, as `path:line text`. */
function matches({ path: file, text }: TextFile, pattern: RegExp): string[] {
  return text.split('\n').flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1} ${line.trim()}`] : []));
}

/** Every text file of the house, but this one's planted violations. */
function texts(): TextFile[] {
  const folders = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !IGNORED.includes(`${entry.name}/`));
  return [...folders.flatMap(({ name }) => files(name, TEXT)), ...rootFiles()].filter((file) => file.path !== 'test/house/text.test.ts');
}

const rootFiles = (): TextFile[] => files('', TEXT, { recursive: false }).filter((file) => file.path !== 'package-lock.json');

test('no text names a path of one machine', () => {
  expect(texts().flatMap((file) => matches(file, MACHINE_PATH))).toEqual([]);
});

test('nothing is left to do', () => {
  expect(texts().flatMap((file) => matches(file, LEFT_TO_DO))).toEqual([]);
});

test('random numbers come from named, seeded streams only', () => {
  expect(texts().flatMap((file) => matches(file, OTHER_RANDOMNESS))).toEqual([]);
});

test.each(['Math.random()', 'crypto.getRandomValues(a)', "import { randomUUID } from 'node:crypto';"])(
  'the randomness in %j is found',
  (text) => {
    expect(matches({ path: 'src/planted.ts', text }, OTHER_RANDOMNESS)).toEqual([`src/planted.ts:1 ${text}`]);
  },
);

test('worlds are computed by what gives the same bits in every engine', () => {
  const sources = files('src/sim', /\.ts$/);
  expect(sources.flatMap((file) => matches(file, NOT_PORTABLE))).toEqual([]);
});

test.each(['const a = Math.sin(b);', 'Math.hypot(x, y)', 'return r ** 2;', 'Math.log2(n)'])(
  'what is not portable in %j is found',
  (text) => {
    expect(matches({ path: 'src/sim/planted.ts', text }, NOT_PORTABLE)).toEqual([`src/sim/planted.ts:1 ${text}`]);
  },
);

test('the texts are found', () => {
  const paths = texts().map((file) => file.path);
  expect(paths).toEqual(expect.arrayContaining(['package.json', 'bin/gear.js', 'src/cli/main.ts', '.ci/run', 'CONTRIBUTING.md']));
  expect(paths.filter((file) => file.includes('node_modules'))).toEqual([]);
});

test.each([
  `const data = '/home/ann/data';`,
  'see /Users/ann/run',
  '/tmp/x.ts',
  '"/root/model"',
  '(/work/robot)',
  String.raw`'C:\\Users\\ann'`,
  'file:///home/ann',
])('the path in %j is found', (text) => {
  expect(matches({ path: 'src/planted.ts', text: `\n${text}` }, MACHINE_PATH)).toEqual([`src/planted.ts:2 ${text}`]);
});

test.each([
  '/usr/bin/chromium',
  '/proc/cpuinfo',
  '~/.cache',
  './home/kitchen.ts',
  'src/work/x.ts',
  'https://example.org/home/page',
  'a / b',
])('%j is no such path', (text) => {
  expect(matches({ path: 'src/planted.ts', text }, MACHINE_PATH)).toEqual([]);
});

test('things left to do are found', () => {
  expect(matches({ path: 'src/planted.ts', text: 'const a = 1; // TODO: more' }, LEFT_TO_DO)).toHaveLength(1);
  expect(matches({ path: 'src/planted.ts', text: '/* FIXME */' }, LEFT_TO_DO)).toHaveLength(1);
  expect(matches({ path: 'src/planted.ts', text: 'const todos = toDo;' }, LEFT_TO_DO)).toEqual([]);
});
