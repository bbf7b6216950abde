import { describe, expect, test } from 'vitest';
import { AnomalyError } from '../../src/tensor/anomaly.ts';
import { compile, NonFiniteError } from '../../src/tensor/compile.ts';
import type { Engine } from '../../src/tensor/engine.ts';
import { gradients } from '../../src/tensor/gradients.ts';
import { eliminateCommonSubexpressions, foldable, graphOf } from '../../src/tensor/graph.ts';
import { type HostTensor, hostScalar, hostTensor, numbers, scalarOf } from '../../src/tensor/host.ts';
import { add, div, mul, sub } from '../../src/tensor/ops/arithmetic.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { gather } from '../../src/tensor/ops/gather.ts';
import { erf, exp, log, sqrt } from '../../src/tensor/ops/math.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { normalInit, onesInit, parameters } from '../../src/tensor/parameters.ts';
import { constant, input, scalar, variable, zeros } from '../../src/tensor/tensor.ts';

const engine = nodeEngine();
const vector = (...values: number[]) => hostTensor('f32', [values.length], values);

describe('passes', () => {
  test('equal computations become one, different ones stay apart', () => {
    const x = input('x', 'f32', [3]);
    const graph = graphOf({ outputs: { y: add(mul(exp(x), 2), mul(exp(x), 2)), z: mul(exp(x), 3) } });
    expect(graph.nodes).toHaveLength(7);
    expect(eliminateCommonSubexpressions(graph).nodes.map(({ op }) => op.name)).toEqual(['Exp', 'Mul', 'Add', 'Mul']);
  });

  test('attributes that JSON cannot tell apart keep nodes apart', async () => {
    const x = input('x', 'f32', [2]);
    const { clip } = await import('../../src/tensor/ops/math.ts');
    const outputs = {
      low: clip(x, 0, Number.POSITIVE_INFINITY),
      high: clip(x, Number.NEGATIVE_INFINITY, 0),
      not: clip(x, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
    };
    expect(eliminateCommonSubexpressions(graphOf({ outputs })).nodes).toHaveLength(3);
  });

  test('dead code does not reach the engine', () => {
    const x = input('x', 'f32', [3]);
    sqrt(exp(x));
    expect(graphOf({ outputs: { y: log(x) } }).nodes).toHaveLength(1);
  });

  test('constants are folded, unless that would make them large', async () => {
    const x = input('x', 'f32', [1000]);
    const small = exp(add(scalar('f32', 1), 1));
    const large = zeros('f32', [1000]);
    const graph = graphOf({ outputs: { y: add(mul(x, small), large) } });
    expect(foldable(graph).map(({ node }) => node.kind === 'op' && node.op.name)).toEqual(['Exp']);
    const executable = await compile(engine, { main: { outputs: { y: mul(input('one', 'f32', []), small) } } });
    expect(scalarOf((await executable.run('main', { one: hostScalar('f32', 1) })).y)).toBeCloseTo(Math.exp(2), 5);
    await executable.dispose();
  });

  test('a program that is all constants still runs', async () => {
    const executable = await compile(engine, { main: { outputs: { y: add(constant(vector(1, 2)), 1) } } });
    expect((await executable.run('main')).y).toBeAllclose([2, 3]);
    await executable.dispose();
  });
});

describe('state', () => {
  async function counter() {
    const scope = parameters({ seed: 0 });
    const count = scope.buffer('count', [2]);
    const by = input('by', 'f32', [2]);
    const programs = {
      add: { outputs: { before: count.tensor }, updates: new Map([[count, add(count.tensor, by)]]) },
      look: { outputs: { count: count.tensor } },
    };
    return compile(engine, programs);
  }

  test('programs share variables, and updates appear at the next call', async () => {
    const executable = await counter();
    for (let i = 0; i < 5; i++) {
      const { before } = await executable.run('add', { by: vector(1, 10) });
      expect(before).toBeAllclose([i, 10 * i]);
    }
    expect((await executable.run('look')).count).toBeAllclose([5, 50]);
    await executable.dispose();
  });

  test('calls that are not awaited happen one after another', async () => {
    const executable = await counter();
    await Promise.all(Array.from({ length: 20 }, () => executable.run('add', { by: vector(1, 1) })));
    expect((await executable.read()).get('count')).toBeAllclose([20, 20]);
    await executable.dispose();
  });

  test('values that were read do not change with later calls, nor do values that were written', async () => {
    const executable = await counter();
    const mine = vector(7, 7);
    await executable.write(new Map([['count', mine]]));
    const read = (await executable.read()).get('count');
    await executable.run('add', { by: vector(1, 1) });
    await executable.run('add', { by: vector(1, 1) });
    await executable.run('add', { by: vector(1, 1) });
    expect(read).toBeAllclose([7, 7]);
    expect(mine).toBeAllclose([7, 7]);
    expect((await executable.read()).get('count')).toBeAllclose([10, 10]);
    await executable.dispose();
  });

  test('a variable keeps its value when one update is the old value of another', async () => {
    const scope = parameters({ seed: 0 });
    const [a, b] = [scope.buffer('a', [1], { init: onesInit }), scope.buffer('b', [1])];
    const executable = await compile(engine, {
      swap: {
        outputs: {},
        updates: new Map([
          [a, b.tensor],
          [b, a.tensor],
        ]),
      },
    });
    await executable.run('swap');
    expect([...(await executable.read()).values()].map((value) => numbers(value)[0])).toEqual([0, 1]);
    await executable.run('swap');
    expect([...(await executable.read()).values()].map((value) => numbers(value)[0])).toEqual([1, 0]);
    await executable.dispose();
  });

  test('a value that is written while a call runs comes after it', async () => {
    const executable = await counter();
    const running = executable.run('add', { by: vector(1, 1) });
    await new Promise(setImmediate);
    await executable.write(new Map([['count', vector(100, 100)]]));
    await running;
    expect((await executable.read()).get('count')).toBeAllclose([100, 100]);
    await executable.dispose();
  });

  test('initial values are copied: variables that begin alike do not share memory, and neither do executables', async () => {
    const ones = vector(1);
    const make = (name: string) => variable({ name, dtype: 'f32', shape: [1], trainable: true, initial: () => ones });
    const [a, b] = [make('a'), make('b')];
    const updates = new Map([
      [a, add(a.tensor, 1)],
      [b, add(b.tensor, 10)],
    ]);
    const [first, second] = [
      await compile(engine, { main: { outputs: {}, updates } }),
      await compile(engine, { main: { outputs: {}, updates } }),
    ];
    for (let i = 0; i < 4; i++) await first.run('main');
    expect([...(await first.read()).values()].map((value) => numbers(value)[0])).toEqual([5, 41]);
    expect([...(await second.read()).values()].map((value) => numbers(value)[0])).toEqual([1, 1]);
    expect([...ones.data]).toEqual([1]);
    await Promise.all([first.dispose(), second.dispose()]);
  });

  test('frozen variables become constants with the same results, and updated ones stay variables', async () => {
    const scope = parameters({ seed: 0 });
    const w = scope.parameter('w', [2], { init: normalInit(1) });
    const count = scope.buffer('count', [2]);
    const program = { outputs: { y: mul(w, 3) }, updates: new Map([[count, add(count.tensor, w)]]) };
    const [plain, frozen] = [await compile(engine, { program }), await compile(engine, { program }, { frozen: true })];
    expect((await frozen.run('program')).y).toBeAllclose((await plain.run('program')).y as never, { rtol: 0 });
    expect(frozen.variables.map(({ name }) => name)).toEqual(['count']);
    expect(await frozen.read()).toEqual(new Map([['count', (await plain.read()).get('count')]]));
    await Promise.all([plain.dispose(), frozen.dispose()]);
  });

  test('a failed compilation leaves no session behind, and disposing twice is harmless', async () => {
    let open = 0;
    const counting: Engine = {
      ...engine,
      compile: async (graph, options) => {
        const session = await engine.compile(graph, options);
        open++;
        return { ...session, dispose: () => session.dispose().then(() => void open--) };
      },
    };
    const good = { outputs: { y: exp(input('x', 'f32', [2])) } };
    // There is no kernel for erf in f64.
    const bad = { outputs: { y: erf(input('x', 'f64', [2])) } };
    await expect(compile(counting, { good, bad })).rejects.toThrow(/Erf.*\n\s+in Erf\(f64\[2\]\)\n\s+made at .*compile\.test\.ts/);
    const unfoldable = { outputs: { y: gather(constant(vector(1, 2)), constant(hostTensor('i64', [1], [5]))) } };
    await expect(compile(counting, { unfoldable })).rejects.toThrow('out of data bounds');
    expect(open).toBe(0);
    const executable = await compile(counting, { good });
    await executable.dispose();
    await executable.dispose();
    expect(open).toBe(0);
  });

  test('a call that fails in the engine changes nothing', async () => {
    const scope = parameters({ seed: 0 });
    const table = scope.parameter('table', [3, 2], { init: normalInit(1) });
    const index = input('index', 'i64', [1]);
    const row = gather(table, index);
    const updates = new Map([[scope.variables.get('table') as never, add(table, sum(row))]]);
    const executable = await compile(engine, { main: { outputs: { row }, updates } });
    const before = numbers((await executable.read()).get('table') as never);
    await expect(executable.run('main', { index: hostTensor('i64', [1], [3]) })).rejects.toThrow(
      /indices element out of data bounds, idx=3 .*\n\s+in Gather\(f32\[3, 2\], i64\[1\]\)\n\s+made at .*compile\.test\.ts/,
    );
    expect((await executable.read()).get('table')).toBeAllclose(before, { rtol: 0, atol: 0 });
    await executable.dispose();
  });
});

describe('bad input', () => {
  const x = input('x', 'f32', [2, 3]);
  const y = sum(x);

  test.each([
    ['a missing input', {}, 'program "main" needs an input "x" of type f32[2, 3]'],
    [
      'a superfluous input',
      { x: hostTensor('f32', [2, 3], Array(6).fill(0)), z: vector(1) },
      'program "main" has no input "z": its inputs are x',
    ],
    [
      'a wrong shape',
      { x: hostTensor('f32', [3, 2], Array(6).fill(0)) },
      'input "x" of program "main" should be f32[2, 3], but is f32[3, 2]',
    ],
    [
      'a wrong dtype',
      { x: hostTensor('i32', [2, 3], Array(6).fill(0)) },
      'input "x" of program "main" should be f32[2, 3], but is i32[2, 3]',
    ],
  ])('%s', async (_, feeds, message) => {
    const executable = await compile(engine, { main: { outputs: { y } } });
    await expect(executable.run('main', feeds)).rejects.toThrow(message);
    await executable.dispose();
  });

  test('an unknown program', async () => {
    const executable = await compile(engine, { main: { outputs: { y } } });
    await expect(executable.run('mian' as never)).rejects.toThrow('there is no program "mian": there are main');
    await executable.dispose();
  });

  test('a tensor with too few values', () => {
    expect(() => hostTensor('f32', [2, 2], [1, 2, 3])).toThrow('a tensor f32[2, 2] holds 4 values, but 3 were given');
  });

  test('two inputs, or two variables, of one name', async () => {
    const twice = { outputs: { y: add(input('a', 'f32', []), input('a', 'f32', [])) } };
    await expect(compile(engine, { main: twice })).rejects.toThrow('two different inputs are called "a"');
    const [one, other] = [parameters({ seed: 0 }), parameters({ seed: 0 })].map((scope) => scope.parameter('w', [1], { init: onesInit }));
    await expect(compile(engine, { main: { outputs: { y: add(one as never, other as never) } } })).rejects.toThrow(
      'two different variables are called "w"',
    );
  });

  test('an update of another type than its variable', async () => {
    const count = parameters({ seed: 0 }).buffer('count', [2]);
    await expect(compile(engine, { main: { outputs: {}, updates: new Map([[count, scalar('f32', 0)]]) } })).rejects.toThrow(
      'the update of "count" should be f32[2], but is f32[]',
    );
  });

  test('a program without results, and an initial value for nothing', async () => {
    await expect(compile(engine, { main: { outputs: {} } })).rejects.toThrow('the program has neither outputs nor updates');
    await expect(compile(engine, { main: { outputs: { y } } }, { initial: new Map([['w', vector(1)]]) })).rejects.toThrow(
      'there is no variable "w" to begin with the given value',
    );
  });

  test('sizes that are no whole numbers', () => {
    expect(() => input('x', 'f32', [-1, 2.5])).toThrow('[-1, 2.5] is no shape: sizes are whole numbers from 0 up');
  });

  test('one name declared with two shapes', () => {
    const scope = parameters({ seed: 0 });
    scope.in('layer').parameter('weight', [2], { init: onesInit });
    expect(() => scope.parameter('layer.weight', [3], { init: onesInit })).toThrow(
      '"layer.weight" is declared as f32[2] and cannot be f32[3] as well',
    );
  });

  test('setting variables that do not exist, or with another type, sets none', async () => {
    const scope = parameters({ seed: 0 });
    const [a, b] = [scope.buffer('a', [1]), scope.buffer('b', [1])];
    const executable = await compile(engine, { main: { outputs: { s: add(a.tensor, b.tensor) } } });
    const unknown = new Map([
      ['a', vector(1)],
      ['c', vector(1)],
    ]);
    const wrong = new Map([
      ['a', vector(1)],
      ['b', vector(1, 2)],
    ]);
    await expect(executable.write(unknown)).rejects.toThrow('there is no variable "c"');
    await expect(executable.write(wrong)).rejects.toThrow('the value of "b" should be f32[1], but is f32[2]');
    expect((await executable.run('main')).s).toBeAllclose([0]);
    await executable.dispose();
  });
});

describe('values that are not finite', () => {
  const programs = () => {
    const scope = parameters({ seed: 0 });
    const w = scope.parameter('w', [2], { init: onesInit });
    const x = input('x', 'f32', [2]);
    const loss = sum(log(mul(w, x)));
    const [g] = gradients(loss, [w]) as [typeof w];
    const updates = new Map([[scope.variables.get('w') as never, sub(w, mul(g, 0.1))]]);
    return { train: { outputs: { loss }, updates, requireFinite: ['loss'] } };
  };

  test('a NaN loss is one clear error, and the parameters are what they were', async () => {
    const executable = await compile(engine, programs());
    await expect(executable.run('train', { x: vector(1, -1) })).rejects.toThrow(NonFiniteError);
    await expect(executable.run('train', { x: vector(1, -1) })).rejects.toThrow(
      'program "train": loss is NaN. The state was left as it was',
    );
    expect((await executable.read()).get('w')).toBeAllclose([1, 1]);
    await executable.run('train', { x: vector(1, 1) });
    expect((await executable.read()).get('w')).toBeAllclose([0.9, 0.9]);
    await executable.dispose();
  });

  test('detectAnomaly names the op that made it and the line that made the op', async () => {
    const executable = await compile(engine, programs(), { detectAnomaly: true });
    const error = await executable.run('train', { x: vector(1, -1) }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AnomalyError);
    expect((error as Error).message).toMatch(/NaN first appears in the result of Log\(f32\[2\]\)\n\s+made at .*compile\.test\.ts:\d+/);
    await executable.dispose();
  });

  test('detectAnomaly says when the op belongs to a gradient, and of what', async () => {
    const x = input('x', 'f32', [1]);
    const [g] = gradients(sum(sqrt(x)), [x]) as [typeof x];
    const executable = await compile(engine, { main: { outputs: { g } } }, { detectAnomaly: true });
    await expect(executable.run('main', { x: vector(0) })).rejects.toThrow(
      /infinity first appears in the result of Div in the gradient of Sqrt\(f32\[1\]\)/,
    );
    await executable.dispose();
  });

  test('detectAnomaly names an input or a variable that came with a NaN, and the state stays as it was', async () => {
    const scope = parameters({ seed: 0 });
    const total = scope.buffer('total', [1]);
    const x = input('x', 'f32', [1]);
    const updates = new Map([[total, add(total.tensor, x)]]);
    const executable = await compile(engine, { main: { outputs: {}, updates } }, { detectAnomaly: true });
    await expect(executable.run('main', { x: vector(Number.NaN) })).rejects.toThrow('NaN first appears in the input "x"');
    expect((await executable.read()).get('total')).toBeAllclose([0]);
    await executable.write(new Map([['total', vector(Number.NaN)]]));
    await expect(executable.run('main', { x: vector(1) })).rejects.toThrow('NaN first appears in the variable "total"');
    await executable.dispose();
  });

  test('detectAnomaly lets programs of whole numbers through', async () => {
    const executable = await compile(engine, { main: { outputs: { y: add(input('i', 'i64', [1]), 1) } } }, { detectAnomaly: true });
    expect((await executable.run('main', { i: hostTensor('i64', [1], [2]) })).y).toBeAllclose([3]);
    await executable.dispose();
  });

  test('detectAnomaly passes infinities that were put in, such as masks, and lets finite calls through', async () => {
    const x = input('x', 'f32', [2]);
    const executable = await compile(
      engine,
      { main: { outputs: { y: exp(add(x, constant(vector(0, Number.NEGATIVE_INFINITY)))), q: div(x, 2) } } },
      { detectAnomaly: true },
    );
    const { y } = await executable.run('main', { x: vector(0, 0) });
    expect(y).toBeAllclose([1, 0]);
    await executable.dispose();
  });
});

test('weights computed from one another many times over are compiled like any other', async () => {
  const scope = parameters({ seed: 0 });
  let w = scope.parameter('w', [2], { init: onesInit });
  for (let i = 0; i < 40; i++) w = mul(add(w, w), 0.5);
  const executable = await compile(engine, { main: { outputs: { y: add(w, input('x', 'f32', [2])) } } }, { frozen: true });
  const { y } = await executable.run('main', { x: vector(1, 2) });
  expect(numbers(y as HostTensor)).toEqual(Float64Array.of(2, 3));
  await executable.dispose();
});
