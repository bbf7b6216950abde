/** A batch with which training diverged, computed again: which numbers are too large, or not finite, and where. */
import { type HostTensor, numbers, scalarOf } from '../tensor/host.ts';
import { formatMetric, shortNumber } from './progress.ts';

/** What is known of some numbers. */
export interface Magnitude {
  readonly count: number;
  /** How many are NaN or infinite */
  readonly notFinite: number;
  /** The greatest size among those that are finite; 0 where none is */
  readonly greatest: number;
  /** √Σx² of all: NaN or infinite where one of them is */
  readonly norm: number;
}

/** The magnitude of all numbers of some tensors together. */
export function magnitudeOf(tensors: readonly HostTensor[]): Magnitude {
  let [count, notFinite, greatest, squares] = [0, 0, 0, 0];
  for (const tensor of tensors) {
    for (const value of numbers(tensor)) {
      count++;
      squares += value * value;
      if (!Number.isFinite(value)) notFinite++;
      else if (Math.abs(value) > greatest) greatest = Math.abs(value);
    }
  }
  return { count, notFinite, greatest, norm: Math.sqrt(squares) };
}

/** Parameters of a part of the model, and their gradients. */
export interface PartMagnitude {
  readonly name: string;
  readonly parameters: Magnitude;
  readonly gradient: Magnitude;
}

/** The part of the model that a parameter belongs to: `model.layers.3`, `state_projectors.panda`, `visual.merger`. */
export function partOf(parameter: string): string {
  const names = parameter.split('.');
  const depth = /^\d+$/.test(names[2] ?? '') ? 3 : 2;
  return names.slice(0, Math.max(1, Math.min(depth, names.length - 1))).join('.');
}

/** What comes of a batch with some parameters. */
export interface ComputedBatch {
  /** Updates that the parameters had had */
  readonly after: number;
  /** The loss, its parts, accuracies */
  readonly metrics: Readonly<Record<string, number>>;
  /** Of all gradients together, before clipping */
  readonly gradientNorm: number;
  /** What is not finite first, then the largest gradients */
  readonly parts: readonly PartMagnitude[];
}

/** From scalars, parameters and their gradients, both by the parameters' names, to what is told of them. */
export function computedBatch(
  after: number,
  scalars: Readonly<Record<string, HostTensor>>,
  parameters: ReadonlyMap<string, HostTensor>,
  gradients: ReadonlyMap<string, HostTensor>,
): ComputedBatch {
  const names = [...new Set([...gradients.keys()].map(partOf))];
  const parts = names.map((name): PartMagnitude => {
    const own = [...gradients.keys()].filter((parameter) => partOf(parameter) === name);
    const of = (values: ReadonlyMap<string, HostTensor>): Magnitude => magnitudeOf(own.map((one) => values.get(one) as HostTensor));
    return { name, parameters: of(parameters), gradient: of(gradients) };
  });
  return {
    after,
    metrics: Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, scalarOf(value)])),
    gradientNorm: magnitudeOf([...gradients.values()]).norm,
    parts: parts.sort((a, b) => byMagnitude(a.gradient, b.gradient)),
  };
}

/** What is not finite first, then the largest. */
const byMagnitude = (a: Magnitude, b: Magnitude): number => b.notFinite - a.notFinite || b.norm - a.norm || 0;

/** Whether all of it is finite. */
export const allFinite = ({ metrics, parts }: ComputedBatch): boolean =>
  Object.values(metrics).every(Number.isFinite) && parts.every(({ gradient }) => gradient.notFinite === 0);

/** A batch, computed again. */
export interface Replay {
  /** The update in which it was */
  readonly update: number;
  /** Why training stopped */
  readonly reason: string;
  /** Numbers of the batch by the inputs' names, the largest first */
  readonly inputs: readonly (Magnitude & { readonly name: string })[];
  /** With the parameters with which training stopped */
  readonly stopped: ComputedBatch;
  /** With those of the last state, where there is one */
  readonly saved?: ComputedBatch;
  /** Where the first number comes from that is not finite, where one is and all of the batch are finite */
  readonly first?: string;
}

/** The numbers of a batch, those that are not finite and the largest first. */
export const batchMagnitudes = (batch: Readonly<Record<string, HostTensor>>): Replay['inputs'] =>
  Object.entries(batch)
    .map(([name, tensor]) => ({ name, ...magnitudeOf([tensor]) }))
    .sort((a, b) => b.notFinite - a.notFinite || b.greatest - a.greatest);

/** Rows of a table at most */
const ROWS = 12;

/** A replay as people read it: three small tables. */
export function replayText({ update, reason, inputs, stopped, saved, first }: Replay): string {
  const both = saved ? [stopped, saved] : [stopped];
  const metrics = Object.keys(stopped.metrics).map((name) => [
    name,
    ...both.map((one) => formatMetric(name, one.metrics[name] ?? Number.NaN)),
  ]);
  const calm = (name: string): string[] =>
    saved ? [shortNumber(saved.parts.find((part) => part.name === name)?.gradient.norm ?? Number.NaN)] : [];
  return [
    `the batch of update ${update}: ${reason}`,
    ...(first === undefined ? [] : [first]),
    '',
    ...table([
      ['', `parameters after update ${stopped.after}`, ...(saved ? [`the last state's, after update ${saved.after}`] : [])],
      ...metrics,
      ['gradientNorm', ...both.map(({ gradientNorm }) => shortNumber(gradientNorm))],
    ]),
    '',
    ...table(
      [
        ['input', 'numbers', 'not finite', 'greatest'],
        ...inputs.map(({ name, count, notFinite, greatest }) => [name, `${count}`, `${notFinite}`, shortNumber(greatest)]),
      ],
      ROWS,
    ),
    '',
    ...table(
      [
        ['gradients of', 'not finite', 'norm', 'greatest', 'greatest parameter', ...(saved ? ['norm with the last state'] : [])],
        ...stopped.parts.map(({ name, parameters, gradient: { notFinite, norm, greatest } }) => [
          name,
          `${notFinite}`,
          shortNumber(norm),
          shortNumber(greatest),
          shortNumber(parameters.greatest),
          ...calm(name),
        ]),
      ],
      ROWS,
    ),
    '',
  ].join('\n');
}

/** Rows in columns, the head first; of more than `most`, how many are left out. */
function table([head = [], ...rows]: readonly (readonly string[])[], most = Number.POSITIVE_INFINITY): string[] {
  const shown = [head, ...rows.slice(0, most)];
  const widths = head.map((_, column) => Math.max(...shown.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[i] as number))).join('  ');
  return [...shown.map((row) => line(row).trimEnd()), ...(rows.length > most ? [`and ${rows.length - most} more`] : [])];
}
