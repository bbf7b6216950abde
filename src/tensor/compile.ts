/**
 * From programs to something that runs: tidies each graph, hands it to the engine, and keeps the state between calls.
 *
 * State (parameters, optimiser moments, caches) is shared by all programs compiled together. A variable that some program
 * updates has two buffers: a call reads one and writes the other, and only a call that succeeded makes the new one current. So
 * nothing is copied through JavaScript, and a failed call changes nothing.
 */
import { AnomalyError, firstAnomaly, withAnomalyChecks } from './anomaly.ts';
import type { CompileOptions, DeviceTensor, Engine, KeptWeights, Session } from './engine.ts';
import { type FrozenGraph, freeze, namer } from './freeze.ts';
import { eliminateCommonSubexpressions, foldable, type Graph, graphOf, type Program, requireUnique, substitute } from './graph.ts';
import { checkType, describe, type HostTensor, hostZeros, scalarOf } from './host.ts';
import { type QuantizeOptions, quantizeProducts } from './quantize.ts';
import { keepRows } from './rows.ts';
import type { Variable } from './tensor.ts';
import { evaluate, frozenWeights, type GivenValue } from './weights.ts';

/** A variable and its memory. */
interface Slot {
  readonly variable: Variable;
  current: DeviceTensor;
  /** The buffer that the next update goes to; only for variables that some program updates. */
  spare?: DeviceTensor;
}

/** Values by input name. They must not change until the call they are for is done. */
export type Feeds = Readonly<Record<string, HostTensor>>;

/** Compiled programs and the state that they share. */
export interface Executable<Name extends string = string> {
  readonly engine: Engine;
  /**
   * Runs a program. Calls wait for one another. Throws when an input is missing, superfluous or of the wrong type, when the
   * engine fails, and under `detectAnomaly` an AnomalyError at the first NaN or infinity; the state is then what it was before.
   */
  run(program: Name, feeds?: Feeds): Promise<Record<string, HostTensor>>;
  /** All variables, in order of declaration; without those that `frozen` made constants. */
  readonly variables: readonly Variable[];
  /** Current values of all variables (copies), or of those named. */
  read(names?: Iterable<string>): Promise<Map<string, HostTensor>>;
  /** Sets variables, in turn with calls. Throws before any is set when a name is unknown or a type is wrong. */
  write(values: ReadonlyMap<string, HostTensor>): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * First values one at a time, so that not all need be in memory: from a file, say. Undefined: the variable's own initial value.
 * Of a quantised weight it is first asked for `<name>.codes` and `<name>.scales`, in case it has been quantised before.
 */
export type ValueSource = (variable: Variable) => HostTensor | undefined | Promise<HostTensor | undefined>;

/** How to compile. */
export interface ExecutableOptions extends Pick<CompileOptions, 'profile'> {
  /** Check every intermediate value of every call: slow, for hunting down a NaN. */
  readonly detectAnomaly?: boolean;
  /** First values of variables, in place of their own initial ones: by name (an unknown one is an error), or one at a time. */
  readonly initial?: ReadonlyMap<string, HostTensor> | ValueSource;
  /**
   * Make constants of the variables that no program updates: the engine lays them out once and for all, and runs faster. They
   * are then no longer variables, to be read or written. Their values are taken in one by one and may be of any floating-point
   * dtype, so that models larger than memory in f32 can be compiled.
   */
  readonly frozen?: boolean;
  /** Quantise weights of products, which `frozen` must make constants. Throws when a pattern matches none. */
  readonly quantize?: QuantizeOptions;
}

/** Compiles programs that share their variables. Throws when two different variables share a name. */
export async function compile<Name extends string>(
  engine: Engine,
  programs: Readonly<Record<Name, Program>>,
  options: ExecutableOptions = {},
): Promise<Executable<Name>> {
  const { compiled, slots } = await prepare(engine, programs, options);
  const { detectAnomaly = false } = options;
  let disposed = false;

  async function run(name: Name, feeds: Feeds): Promise<Record<string, HostTensor>> {
    const { graph, session } = compiled.get(name) ?? fail(`there is no program "${name}": there are ${[...compiled.keys()].join(', ')}`);
    const inputs = checkFeeds(engine, name, graph, feeds);
    const variables = new Map(graph.variables.map((variable) => [variable.name, (slots.get(variable.name) as Slot).current]));
    const updates = new Map(
      [...graph.updates.keys()].map((variable) => [variable.name, (slots.get(variable.name) as Slot).spare as DeviceTensor]),
    );
    const result = await session.run({ inputs, variables, updates });
    const outputs: Record<string, HostTensor> = {};
    for (const [output, tensor] of result.outputs) outputs[output] = await engine.download(tensor);
    if (detectAnomaly) {
      const anomaly = firstAnomaly(programs[name], outputs);
      if (anomaly) throw new AnomalyError(name, anomaly);
    }
    for (const required of programs[name].requireFinite ?? []) requireFinite(name, required, outputs[required]);
    for (const [updated, tensor] of result.updates) {
      const slot = slots.get(updated) as Slot;
      slot.spare = slot.current;
      slot.current = tensor;
    }
    return outputs;
  }

  let last: Promise<unknown> = Promise.resolve();
  /** Does `task` when everything asked for before is done, whether that went well or not. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  }
  return {
    engine,
    variables: [...slots.values()].map(({ variable }) => variable),
    run: (name, feeds = {}) => inTurn(() => run(name, feeds)),
    read: (names = slots.keys()) =>
      inTurn(async () => {
        const read = new Map<string, HostTensor>();
        for (const name of names) {
          const slot = slots.get(name) ?? fail(`there is no variable "${name}"`);
          const { dtype, shape, data } = await engine.download(slot.current);
          read.set(name, { dtype, shape, data: data.slice() });
        }
        return read;
      }),
    write: (written) =>
      inTurn(async () => {
        for (const [name, value] of written) {
          const { variable } = slots.get(name) ?? fail(`there is no variable "${name}"`);
          checkType(`the value of "${name}"`, value, variable);
        }
        for (const [name, value] of written) (slots.get(name) as Slot).current = engine.upload({ ...value, data: value.data.slice() });
      }),
    dispose: () =>
      inTurn(async () => {
        if (!disposed) await disposeAll(compiled.values());
        disposed = true;
      }),
  };
}

/** A graph and what runs it. */
interface Compiled {
  readonly graph: Graph;
  readonly session: Session;
}

/** Sessions of all programs, and memory for their state. When something fails, no session is left behind. */
async function prepare<Name extends string>(
  engine: Engine,
  programs: Readonly<Record<Name, Program>>,
  { detectAnomaly = false, initial = new Map(), frozen = false, quantize, profile }: ExecutableOptions,
): Promise<{ compiled: ReadonlyMap<Name, Compiled>; slots: ReadonlyMap<string, Slot> }> {
  const names = Object.keys(programs) as Name[];
  const graphs = names.map((name) => graphOf(detectAnomaly ? withAnomalyChecks(programs[name]) : programs[name]));
  const variables = variablesOf(graphs);
  const updated = new Set(graphs.flatMap(({ updates }) => [...updates.keys()]));
  const fixed = new Set(frozen ? variables.filter((variable) => !updated.has(variable)) : []);
  if (quantize && !frozen) fail('only frozen weights can be quantised: set `frozen` as well');

  const optimised: Graph[] = [];
  for (const graph of graphs) optimised.push(await optimise(engine, graph));
  const name = namer();
  const { graphs: quantized, parts } = quantize
    ? quantizeProducts(optimised, fixed, quantize, name)
    : { graphs: optimised, parts: new Map() };
  const given = givenValues(initial, [...variables, ...parts.keys()]);
  const cut = quantized.map((graph) => freeze(eliminateCommonSubexpressions(graph), new Set([...fixed, ...parts.keys()]), name));
  const weights = frozenWeights(engine, new Map(cut.flatMap(({ weights: own }) => [...own])), parts, given);

  const compiled = new Map<Name, Compiled>();
  const slots = new Map<string, Slot>();
  let kept: KeptWeights | undefined;
  try {
    kept = weights.length > 0 ? await engine.keep(weights) : undefined;
    for (const [i, name] of names.entries()) {
      const { graph, weights: own } = cut[i] as FrozenGraph;
      const profiling = profile === undefined ? {} : { profile: `${profile}-${name}` };
      const session = await engine.compile(graph, { ...profiling, ...(kept && { weights: kept }) });
      compiled.set(name, { graph: { ...graph, variables: graph.variables.filter((variable) => !own.has(variable.name)) }, session });
    }
    for (const variable of variables) {
      if (fixed.has(variable)) continue;
      const value = (await given(variable)) ?? variable.initial();
      checkType(`the initial value of "${variable.name}"`, value, variable);
      const spare = updated.has(variable) ? { spare: engine.upload(hostZeros(variable.dtype, variable.shape)) } : {};
      slots.set(variable.name, { variable, current: engine.upload({ ...value, data: value.data.slice() }), ...spare });
    }
  } catch (error) {
    await disposeAll(compiled.values());
    throw error;
  } finally {
    await kept?.release();
  }
  return { compiled, slots };
}

/** The first values that were given. Throws when one is for a name that no variable has. */
function givenValues(initial: ReadonlyMap<string, HostTensor> | ValueSource, variables: readonly Variable[]): GivenValue {
  if (typeof initial === 'function') return async (variable) => initial(variable);
  const known = new Set(variables.map(({ name }) => name));
  for (const name of initial.keys()) if (!known.has(name)) fail(`there is no variable "${name}" to begin with the given value`);
  return async ({ name }) => initial.get(name);
}

/** Disposes of every session, even when one of them fails to; then throws what went wrong. */
async function disposeAll(compiled: Iterable<Compiled>): Promise<void> {
  const results = await Promise.allSettled([...compiled].map(({ session }) => session.dispose()));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** A value that must be finite and is not. The state is what it was before the call. */
export class NonFiniteError extends Error {
  constructor(program: string, output: string, value: number) {
    super(`program "${program}": ${output} is ${value}. The state was left as it was; compile with detectAnomaly to find the op`);
    this.name = 'NonFiniteError';
  }
}

function requireFinite(program: string, output: string, tensor: HostTensor | undefined): void {
  const value = scalarOf(tensor);
  if (!Number.isFinite(value)) throw new NonFiniteError(program, output, value);
}

function fail(message: string): never {
  throw new Error(message);
}

async function optimise(engine: Engine, graph: Graph): Promise<Graph> {
  const tidy = eliminateCommonSubexpressions(keepRows(graph));
  const constant = foldable(tidy);
  return constant.length === 0 ? tidy : substitute(tidy, constant, await evaluate(engine, constant));
}

/** All variables of some graphs, in order of declaration. Throws when two of them share a name. */
function variablesOf(graphs: readonly Graph[]): Variable[] {
  const variables = [...new Set(graphs.flatMap(({ variables: read, updates }) => [...read, ...updates.keys()]))];
  requireUnique('variables', variables);
  return variables.sort((a, b) => a.tensor.node.id - b.tensor.node.id);
}

function checkFeeds(engine: Engine, program: string, graph: Graph, feeds: Feeds): Map<string, DeviceTensor> {
  const expected = new Map(graph.inputs.map((node) => [node.name, node]));
  for (const name of Object.keys(feeds)) {
    if (!expected.has(name))
      throw new Error(`program "${program}" has no input "${name}": its inputs are ${[...expected.keys()].join(', ') || 'none'}`);
  }
  const inputs = new Map<string, DeviceTensor>();
  for (const [name, { outputs }] of expected) {
    const type = outputs[0] as HostTensor;
    const feed = Object.hasOwn(feeds, name) ? feeds[name] : undefined;
    if (feed === undefined) throw new Error(`program "${program}" needs an input "${name}" of type ${describe(type)}`);
    checkType(`input "${name}" of program "${program}"`, feed, type);
    inputs.set(name, engine.upload(feed));
  }
  return inputs;
}
