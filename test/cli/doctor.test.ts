import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { tryEngine } from '../../src/cli/doctor/engine.ts';
import type { Facts } from '../../src/cli/doctor/facts.ts';
import { formatFacts } from '../../src/cli/doctor/format.ts';
import { simdFromCpuinfo, simdFromSysctl, withinLimit } from '../../src/cli/doctor/machine.ts';
import { findChromium } from '../../src/cli/doctor/optional.ts';
import { npmVersion, outputOf } from '../../src/cli/doctor/programs.ts';
import type { Engine } from '../../src/tensor/engine.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';

const FACTS: Facts = {
  package: { name: 'gear-vla', version: '0.1.0' },
  runtime: { node: '20.20.2', npm: '11.19.1', platform: 'linux', arch: 'x64', release: '6.1.0' },
  machine: {
    processor: 'Some Processor',
    cores: 8,
    simd: ['AVX2', 'AVX-512'],
    wasmSimd: true,
    memory: { total: 16 * 2 ** 30, available: 12.5 * 2 ** 30 },
    disk: { total: 100 * 2 ** 30, available: 40 * 2 ** 30 },
  },
  engine: {
    works: true,
    name: 'onnxruntime-node (cpu)',
    version: '1.30.0',
    threads: 8,
    providers: ['cpu', 'webgpu'],
    largestError: 2.2e-6,
    matmulGflops: 400.4,
  },
  optional: [
    { name: 'Chromium', purpose: 'tests in a browser', found: '/usr/bin/chromium', add: null },
    { name: 'PyTorch', purpose: 'reference times', found: null, add: 'apt-get install -y python3-torch' },
  ],
};

describe('gear doctor --json', () => {
  const bin = fileURLToPath(new URL('../../bin/gear.js', import.meta.url));
  let facts: Facts;

  beforeAll(() => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'doctor', '--json'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    facts = JSON.parse(stdout) as Facts;
  });

  test('prints one JSON object and nothing else', () => {
    expect(Object.keys(facts)).toEqual(Object.keys(FACTS));
  });

  test('finds an engine that works on the processor', () => {
    expect(facts.engine).toMatchObject({ works: true, providers: expect.arrayContaining(['cpu']) });
    expect(facts.engine.works && facts.engine.matmulGflops).toBeGreaterThan(0.1);
    expect(facts.engine.works && facts.engine.largestError).toBeLessThan(1e-4);
  });

  test('reports plausible sizes', () => {
    const { memory, disk, cores } = facts.machine;
    for (const { total, available } of [memory, disk]) {
      expect(total).toBeGreaterThan(0);
      expect(available).toBeGreaterThanOrEqual(0);
      expect(available).toBeLessThanOrEqual(total);
    }
    expect(cores).toBeGreaterThan(0);
  });

  test('has a command for every missing part and for no other', () => {
    for (const { found, add } of facts.optional) expect(found === null).toBe(add !== null);
  });
});

describe('the trial of the engine', () => {
  const engine = nodeEngine();

  test('rejects an engine whose numbers are wrong', async () => {
    const wrong: Engine = {
      ...engine,
      download: async (tensor) => {
        const right = await engine.download(tensor);
        return { ...right, data: (right.data as Float32Array).map((value, i) => (i === 8 ? value + 0.01 : value)) };
      },
    };
    await expect(tryEngine(wrong, [])).rejects.toThrow(/^matmul computes nonsense: row 1, column 1 should be -?\d+\.\d+, but is /);
  });

  test('rejects an engine that yields NaN', async () => {
    const broken: Engine = {
      ...engine,
      download: async (tensor) => ({ ...(await engine.download(tensor)), data: new Float32Array(1000).fill(Number.NaN) }),
    };
    await expect(tryEngine(broken, [])).rejects.toThrow('row 0, column 0');
  });
});

describe('formatFacts', () => {
  test('aligns names and values', () => {
    expect(formatFacts(FACTS, false)).toBe(`Engine
  state      works
  engine     onnxruntime-node (cpu) 1.30.0, 8 threads
  providers  cpu, webgpu (gear doctor --provider webgpu tries another)
  self test  matmul agrees with plain JavaScript to 2.2e-6
  speed      400 GFLOP/s (matmul of f32[1024, 1024])

Software
  package    gear-vla 0.1.0
  runtime    Node 20.20.2, npm 11.19.1
  system     linux x64, 6.1.0

Machine
  processor  Some Processor, 8 cores
  SIMD       AVX2, AVX-512; WebAssembly: yes
  memory     12.5 GiB available of 16.0 GiB
  disk       40.0 GiB available of 100.0 GiB

Optional
  Chromium   found /usr/bin/chromium
  PyTorch    missing (reference times)
             apt-get install -y python3-torch
`);
  });

  test('says what is wrong with the engine', () => {
    const engine = { works: false, provider: 'webgpu', problem: 'no adapter' } as const;
    expect(formatFacts({ ...FACTS, engine }, false)).toMatch(/^Engine\n {2}state {6}does not work on webgpu: no adapter\n\n/);
  });

  test('has colours only when they are wanted', () => {
    expect(formatFacts(FACTS, true)).toContain('\u001b[');
    expect(formatFacts(FACTS, false)).not.toContain('\u001b');
  });
});

describe('instructions of the processor', () => {
  test.each([
    ['processor\t: 0\nflags\t\t: fpu sse2 avx avx2 avx512f amx_bf16 amx_tile\n', ['AVX2', 'AVX-512', 'AMX']],
    ['flags\t\t: fpu sse2\n', []],
    ['processor\t: 0\nFeatures\t: fp asimd evtstrm aes\n', ['NEON']],
    ['processor\t: 0\nisa\t\t: rv64imafdc\n', 'unknown'],
  ])('of /proc/cpuinfo %j', (text, simd) => {
    expect(simdFromCpuinfo(text)).toEqual(simd);
  });

  test('of sysctl', () => {
    expect(simdFromSysctl('hw.optional.floatingpoint: 1\nhw.optional.neon: 1\nhw.optional.neon_hpfp: 1\n')).toEqual(['NEON']);
    expect(simdFromSysctl('hw.optional.avx2_0: 1\nhw.optional.avx512f: 0\n')).toEqual(['AVX2']);
  });
});

test('a limit of memory counts where there is one', () => {
  expect(withinLimit(100, 40)).toBe(40);
  for (const none of [undefined, 0, 2 ** 64]) expect(withinLimit(100, none)).toBe(100);
});

describe('other programs', () => {
  test('say what they print, or nothing when they fail or are not there', async () => {
    expect(await outputOf(process.execPath, ['--version'])).toBe(process.version);
    expect(await outputOf(process.execPath, ['--eval', 'process.exit(1)'])).toBeUndefined();
    expect(await outputOf('no-such-program', [])).toBeUndefined();
  });

  test('npm says its version to what it starts', async () => {
    expect(await npmVersion({ npm_config_user_agent: 'npm/11.19.1 node/v20.20.2 linux x64 workspaces/false' })).toBe('11.19.1');
  });

  test('Chromium is where CHROME_PATH says, or else in a usual place', () => {
    const everywhere = (): boolean => true;
    expect(findChromium({ CHROME_PATH: '/usr/local/bin/chrome' }, everywhere)).toBe('/usr/local/bin/chrome');
    expect(findChromium({ CHROME_PATH: '/usr/local/bin/chrome' }, (file) => file === '/usr/bin/chromium')).toBeUndefined();
    expect(findChromium({}, (file) => file === '/usr/bin/google-chrome')).toBe('/usr/bin/google-chrome');
    expect(findChromium({}, () => false)).toBeUndefined();
  });
});
