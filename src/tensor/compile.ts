/**
 * From programs to something that runs: tidies each graph, hands it to the engine, and keeps the state between calls.
 *
 * State (parameters, optimiser moments, caches) is shared by all programs compiled together. A variable that some program
 * updates has two buffers: a call reads one and writes the other, and only a call that succeeded makes the new one current. So
 * nothing is copied through JavaScript, and a failed call changes nothing.
 */
import { AnomalyError, firstAnomaly, withAnomalyChecks } from './anomaly.ts';
import type { CompileOptions, DeviceTensor, Engine, Session } from './engine.ts';
import { eliminateCommonSubexpressions, foldable, type Graph, graphOf, type Program, substitute } from './graph.ts';
import { checkType, describe, type HostTensor, hostZeros, scalarOf } from './host.ts';
import type { Variable } from './tensor.ts';

/** A variable and its memory. */
export interface Slot {
  readonly variable: Variable;
  current: DeviceTensor;
  /** The buffer that the next update goes to; only for variables that some program updates. */
  spare?: DeviceTensor;
}

/** Values by input or output name. */
export type Feeds = Readonly<Record<string, HostTensor>>;

/** Compiled programs and the state that they share. */
export interface Executable<Name extends string = string> {
  readonly engine: Engine;
  /**
   * Runs a program. Calls wait for one another. Throws when an input is missing, superfluous or of the wrong type, when the
   * engine fails, and under `detectAnomaly` an AnomalyError at the first NaN or infinity; the state is then what it was before.
   */
  run(program: Name, feeds?: Feeds): Promise<Record<string, HostTensor>>;
  /** Names of all variables, in order of declaration. */
  readonly variables: readonly Variable[];
  /** Current values of all variables (copies), or of those named. */
  read(names?: Iterable<string>): Promise<Map<string, HostTensor>>;
  /** Sets variables. Throws before any is set when a name is unknown or a type is wrong. */
  write(values: ReadonlyMap<string, HostTensor>): void;
  dispose(): Promise<void>;
}

/** How to compile. */
export interface ExecutableOptions extends CompileOptions {
  /** Check every intermediate value of every call: slow, for hunting down a NaN. */
  readonly detectAnomaly?: boolean;
  /** First values of variables by name, in place of their own initial ones. */
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
  { detectAnomaly = false, initial = new Map(), frozen = false, ...options }: ExecutableOptions = {},
): Promise<Executable<Name>> {
  const traced = (Object.entries(programs) as [Name, Program][]).map(([name, program]) => ({
    name,
    graph: graphOf(detectAnomaly ? withAnomalyChecks(program) : program),
  }));
  const updated = new Set(traced.flatMap(({ graph }) => [...graph.updates.keys()]));
  const compiled = new Map<Name, { graph: Graph; session: Session }>();
  for (const { name, graph } of traced) {
    const fixed = frozen ? withConstants(graph, updated, initial) : graph;
    const profile = options.profile === undefined ? {} : { profile: `${options.profile}-${name}` };
    const optimised = await optimise(engine, fixed);
    compiled.set(name, { graph: optimised, session: await engine.compile(optimised, profile) });
  }
  const graphs = [...compiled.values()].map(({ graph }) => graph);
  const slots = makeSlots(engine, graphs, initial);

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
  return {
    engine,
    variables: [...slots.values()].map(({ variable }) => variable),
    run: (name, feeds = {}) => {
      const result = last.then(() => run(name, feeds));
      last = result.catch(() => undefined);
      return result;
    },
    read: async (names = slots.keys()) => {
      await last;
      const values = new Map<string, HostTensor>();
      for (const name of names) {
        const slot = slots.get(name) ?? fail(`there is no variable "${name}"`);
        const { dtype, shape, data } = await engine.download(slot.current);
        values.set(name, { dtype, shape, data: data.slice() });
      }
      return values;
    },
    write: (values) => {
      for (const [name, value] of values) {
        const { variable } = slots.get(name) ?? fail(`there is no variable "${name}"`);
        checkType(`the value of "${name}"`, value, variable);
      }
      for (const [name, value] of values) (slots.get(name) as Slot).current = engine.upload({ ...value, data: value.data.slice() });
    },
    dispose: async () => {
      await last;
      for (const { session } of compiled.values()) await session.dispose();
    },
  };
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
  const { outputs } = await session.run({ inputs: new Map(), variables: new Map(), updates: new Map() });
  const values = await Promise.all(constant.map((_, i) => engine.download(outputs.get(`${i}`) as DeviceTensor)));
  const folded = substitute(
    tidy,
    constant,
    values.map(({ dtype, shape, data }) => ({ dtype, shape, data: data.slice() })),
  );
  await session.dispose();
  return folded;
}

/** The value that a variable begins with: a copy of the given one, or its own. Throws when the type is wrong. */
function initialValue(variable: Variable, initial: ReadonlyMap<string, HostTensor>): HostTensor {
  const given = initial.get(variable.name);
  const value = given ? { ...given, data: given.data.slice() } : variable.initial();
  checkType(`the initial value of "${variable.name}"`, value, variable);
  return value;
}

function withConstants(graph: Graph, updated: ReadonlySet<Variable>, initial: ReadonlyMap<string, HostTensor>): Graph {
  const fixed = graph.variables.filter((variable) => !updated.has(variable));
  return substitute(
    graph,
    fixed.map(({ tensor }) => tensor),
    fixed.map((variable) => initialValue(variable, initial)),
  );
}

function makeSlots(engine: Engine, graphs: readonly Graph[], initial: ReadonlyMap<string, HostTensor>): Map<string, Slot> {
  const variables = [...new Set(graphs.flatMap(({ variables, updates }) => [...variables, ...updates.keys()]))];
  variables.sort((a, b) => a.tensor.node.id - b.tensor.node.id);
  const updated = new Set(graphs.flatMap(({ updates }) => [...updates.keys()]));
  const slots = new Map<string, Slot>();
  for (const variable of variables) {
    const { name, dtype, shape } = variable;
    if (slots.has(name)) throw new Error(`two different variables are called "${name}"`);
    const spare = updated.has(variable) ? { spare: engine.upload(hostZeros(dtype, shape)) } : {};
    slots.set(name, { variable, current: engine.upload(initialValue(variable, initial)), ...spare });
  }
  return slots;
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
    const feed = feeds[name];
    if (feed === undefined) throw new Error(`program "${program}" needs an input "${name}" of type ${describe(type)}`);
    checkType(`input "${name}" of program "${program}"`, feed, type);
    inputs.set(name, engine.upload(feed));
  }
  return inputs;
}
