/**
 * From programs to something that runs: tidies each graph, hands it to the engine, and keeps the state between calls.
 *
 * State (parameters, optimiser moments, caches) is shared by all programs compiled together. A variable that some program
 * updates has two buffers: a call reads one and writes the other, and only a call that succeeded makes the new one current. So
 * nothing is copied through JavaScript, and a failed call changes nothing.
 */
import { AnomalyError, firstAnomaly, withAnomalyChecks } from './anomaly.ts';
import type { CompileOptions, DeviceTensor, Engine, Session } from './engine.ts';
import { eliminateCommonSubexpressions, foldable, type Graph, graphOf, type Program, requireUnique, substitute } from './graph.ts';
import { checkType, describe, type HostTensor, hostZeros, scalarOf } from './host.ts';
import type { Variable } from './tensor.ts';

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

/** How to compile. */
export interface ExecutableOptions extends CompileOptions {
  /** Check every intermediate value of every call: slow, for hunting down a NaN. */
  readonly detectAnomaly?: boolean;
  /** First values of variables by name, in place of their own initial ones. An unknown name is an error. */
  readonly initial?: ReadonlyMap<string, HostTensor>;
  /**
   * Make constants of the variables that no program updates: the engine lays them out once and for all, and runs faster. They
   * are then no longer variables, to be read or written.
   */
  readonly frozen?: boolean;
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
  { detectAnomaly = false, initial = new Map(), frozen = false, profile }: ExecutableOptions,
): Promise<{ compiled: ReadonlyMap<Name, Compiled>; slots: ReadonlyMap<string, Slot> }> {
  const traced = (Object.entries(programs) as [Name, Program][]).map(([name, program]) => ({
    name,
    graph: graphOf(detectAnomaly ? withAnomalyChecks(program) : program),
  }));
  const variables = variablesOf(traced.map(({ graph }) => graph));
  for (const name of initial.keys()) {
    if (!variables.some((variable) => variable.name === name)) fail(`there is no variable "${name}" to begin with the given value`);
  }
  const values = new Map(variables.map((variable) => [variable, initialValue(variable, initial)]));
  const updated = new Set(traced.flatMap(({ graph }) => [...graph.updates.keys()]));
  const fixed = new Set(frozen ? variables.filter((variable) => !updated.has(variable)) : []);
  const tensors = [...fixed].map(({ tensor }) => tensor);
  const constants = [...fixed].map((variable) => values.get(variable) as HostTensor);

  const compiled = new Map<Name, Compiled>();
  const slots = new Map<string, Slot>();
  try {
    for (const { name, graph } of traced) {
      const optimised = await optimise(engine, tensors.length > 0 ? substitute(graph, tensors, constants) : graph);
      const session = await engine.compile(optimised, profile === undefined ? {} : { profile: `${profile}-${name}` });
      compiled.set(name, { graph: optimised, session });
    }
    for (const [variable, value] of values) {
      if (fixed.has(variable)) continue;
      const spare = updated.has(variable) ? { spare: engine.upload(hostZeros(variable.dtype, variable.shape)) } : {};
      slots.set(variable.name, { variable, current: engine.upload(value), ...spare });
    }
  } catch (error) {
    await disposeAll(compiled.values());
    throw error;
  }
  return { compiled, slots };
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
  const tidy = eliminateCommonSubexpressions(graph);
  const constant = foldable(tidy);
  if (constant.length === 0) return tidy;
  const folding = graphOf({ outputs: Object.fromEntries(constant.map((tensor, i) => [`${i}`, tensor])) });
  const session = await engine.compile(folding);
  try {
    const { outputs } = await session.run({ inputs: new Map(), variables: new Map(), updates: new Map() });
    const values = await Promise.all(constant.map((_, i) => engine.download(outputs.get(`${i}`) as DeviceTensor)));
    return substitute(
      tidy,
      constant,
      values.map((value) => ({ ...value, data: value.data.slice() })),
    );
  } finally {
    await session.dispose();
  }
}

/** All variables of some graphs, in order of declaration. Throws when two of them share a name. */
function variablesOf(graphs: readonly Graph[]): Variable[] {
  const variables = [...new Set(graphs.flatMap(({ variables: read, updates }) => [...read, ...updates.keys()]))];
  requireUnique('variables', variables);
  return variables.sort((a, b) => a.tensor.node.id - b.tensor.node.id);
}

/** The value that a variable begins with: a copy of the given one, or of its own. Throws when the type is wrong. */
function initialValue(variable: Variable, initial: ReadonlyMap<string, HostTensor>): HostTensor {
  const value = initial.get(variable.name) ?? variable.initial();
  checkType(`the initial value of "${variable.name}"`, value, variable);
  return { ...value, data: value.data.slice() };
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
