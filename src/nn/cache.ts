/**
 * Keys and values kept from call to call, so that decoding computes each token once; and handed from one network to another.
 *
 * A cache has a fixed number of slots. Each call writes its tokens' keys and values into the next free ones and attends to all
 * slots under a mask that hides those after each token. Rows of a batch fill their slots together: pad shorter prompts on the
 * left and say so by `real`.
 */
import type { DType } from '../tensor/dtype.ts';
import { hostTensor } from '../tensor/host.ts';
import { add, mul, sub } from '../tensor/ops/arithmetic.ts';
import { cast, stopGradient } from '../tensor/ops/cast.ts';
import { and, greater, greaterOrEqual, less, lessOrEqual, where } from '../tensor/ops/compare.ts';
import { gather } from '../tensor/ops/gather.ts';
import { concat, reshape, slice } from '../tensor/ops/layout.ts';
import { clip } from '../tensor/ops/math.ts';
import type { Scope } from '../tensor/parameters.ts';
import { constant, full, scalar, type Tensor, type Variable } from '../tensor/tensor.ts';
import type { KeysValues } from './attention.ts';
import { mistake } from './layer.ts';
import { allMasks, keyMask } from './masks.ts';

/** How much a cache holds. */
export interface CacheOptions {
  readonly batch: number;
  /** Slots, S: the longest sequence, prompt and all. */
  readonly capacity: number;
  readonly layers: number;
  /** Key heads, G. */
  readonly groups: number;
  /** Channels of a head, d. */
  readonly headWidth: number;
  /** What the cache is kept in; f32 by default. */
  readonly dtype?: DType;
}

/** The buffers of a cache. */
export interface KeyValueCache {
  /** Per layer, keys and values f32[B, S, G, d]. */
  readonly layers: readonly { readonly keys: Variable; readonly values: Variable }[];
  /** i64[]: slots in use. */
  readonly length: Variable;
  /** bool[B, S]: which slots hold real tokens and not padding. */
  readonly real: Variable;
}

/** Declares `length`, `real` and per layer i `i.keys` and `i.values`, all empty at first. */
export function keyValueCache(scope: Scope, { batch, capacity, layers, groups, headWidth, dtype = 'f32' }: CacheOptions): KeyValueCache {
  const shape = [batch, capacity, groups, headWidth];
  return {
    length: scope.buffer('length', [], { dtype: 'i64' }),
    real: scope.buffer('real', [batch, capacity], { dtype: 'bool' }),
    layers: Array.from({ length: layers }, (_, i) => ({
      keys: scope.in(i).buffer('keys', shape, { dtype }),
      values: scope.in(i).buffer('values', shape, { dtype }),
    })),
  };
}

/** What the new tokens are. */
export interface CacheStepOptions {
  /** bool[B, T]: which of the new tokens are real; all by default. */
  readonly real?: Tensor;
  /** Begin again at slot 0, whatever the cache holds; false by default. */
  readonly restart?: boolean;
}

/** One call's use of a cache. */
export interface CacheStep {
  /** i64[T]: the slots that the new tokens go to. */
  readonly slots: Tensor;
  /** bool[B, 1, T, S]: each new token sees the real tokens up to itself. */
  readonly mask: Tensor;
  /** Writes one layer's new keys and values f32[B, T, G, d]; returns all slots, f32[B, S, G, d], the new ones included. */
  append(layer: number, own: KeysValues): KeysValues;
  /** New values of the cache's variables, for the program's updates. Complete once every layer has appended. */
  readonly updates: ReadonlyMap<Variable, Tensor>;
}

/**
 * Makes room for `count` more tokens. A program that runs out of slots fails on the CPU ("indices … out of data bounds") and the
 * cache stays as it was; WebGPU does not check indices and drops the tokens, so callers there should count.
 */
export function cacheStep(cache: KeyValueCache, count: number, { real, restart = false }: CacheStepOptions = {}): CacheStep {
  const [batch, capacity] = cache.real.shape as [number, number];
  if (count > capacity) mistake(`cacheStep: ${count} tokens at once do not fit into a cache of ${capacity} slots`);
  const start = restart ? scalar('i64', 0) : cache.length.tensor;
  const all = countUp(capacity);
  const slots = add(countUp(count), start);
  const end = add(start, count);

  // Slot s takes new token s − start where there is one. An index beyond the new tokens makes a call without room fail.
  const offset = sub(all, start);
  const fresh = and(greaterOrEqual(offset, 0), less(offset, count));
  const overrun = mul(cast(greater(end, capacity), 'i64'), count);
  const source = add(clip(offset, 0, count - 1), overrun);
  const inSlots = (values: Tensor): Tensor => gather(values, source, 1);
  const write = ({ dtype, tensor }: Variable, values: Tensor, placed = inSlots): Tensor =>
    where(reshape(fresh, [capacity, ...values.shape.slice(2).map(() => 1)]), placed(cast(values, dtype)), tensor);

  const realSlots = write(cache.real, real ?? full('bool', [batch, count], 1));
  // A single token broadcasts to all slots, of which one is fresh.
  const each = count === 1 ? (values: Tensor): Tensor => values : inSlots;
  const upToItself = lessOrEqual(all, reshape(slots, [count, 1]));
  const updates = new Map<Variable, Tensor>([
    [cache.length, end],
    [cache.real, realSlots],
  ]);
  return {
    slots,
    mask: allMasks(upToItself, keyMask(realSlots)),
    append: (layer, own) => {
      const buffers = cache.layers[layer] ?? mistake(`append: the cache has ${cache.layers.length} layers: there is no layer ${layer}`);
      const keys = write(buffers.keys, own.keys, each);
      const values = write(buffers.values, own.values, each);
      updates.set(buffers.keys, keys).set(buffers.values, values);
      return { keys: cast(keys, own.keys.dtype), values: cast(values, own.values.dtype) };
    },
    updates,
  };
}

/** Updates that empty a cache. */
export const emptied = ({ length }: KeyValueCache): Map<Variable, Tensor> => new Map([[length, scalar('i64', 0)]]);

/** What to hand over, and whether gradients flow back. */
export interface HandOverOptions {
  /** Which tokens: from the first number up to the second (excluded), or i64[N] positions. All by default. */
  readonly tokens?: readonly [number, number] | Tensor;
  /** Keep the receiver's loss from training the giver; true by default. */
  readonly detach?: boolean;
}

/** A network's keys and values per layer, of some of its tokens, for another network to attend to. */
export function handOver(layers: readonly KeysValues[], { tokens, detach = true }: HandOverOptions = {}): KeysValues[] {
  const pick = (x: Tensor): Tensor => {
    if (tokens === undefined) return x;
    return 'node' in tokens ? gather(x, tokens, 1) : slice(x, 1, tokens[0], tokens[1]);
  };
  const give = (x: Tensor): Tensor => (detach ? stopGradient(pick(x)) : pick(x));
  return layers.map(({ keys, values }) => ({ keys: give(keys), values: give(values) }));
}

/** What a cache holds, per layer, to hand over. */
export const cachedLayers = ({ layers }: KeyValueCache): KeysValues[] =>
  layers.map(({ keys, values }) => ({ keys: keys.tensor, values: values.tensor }));

/** Keys and values one after another, such as another network's and one's own. `joinMasks` makes the mask. */
export const joinKeysValues = (parts: readonly KeysValues[]): KeysValues => ({
  keys: concat(
    parts.map(({ keys }) => keys),
    1,
  ),
  values: concat(
    parts.map(({ values }) => values),
    1,
  ),
});

/** i64[count]: 0, 1, 2, … */
const countUp = (count: number): Tensor =>
  constant(
    hostTensor(
      'i64',
      [count],
      Array.from({ length: count }, (_, i) => i),
    ),
  );
