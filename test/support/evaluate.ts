/** Running tensors once, for tests. */
import { compile, type Feeds } from '../../src/tensor/compile.ts';
import type { Engine } from '../../src/tensor/engine.ts';
import type { HostTensor } from '../../src/tensor/host.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';

/** Compiles tensors, computes them from `feeds`, and frees what that took. */
export async function evaluate<Name extends string>(
  engine: Engine,
  outputs: Readonly<Record<Name, Tensor>>,
  feeds: Feeds = {},
): Promise<Record<Name, HostTensor>> {
  const executable = await compile(engine, { main: { outputs } });
  try {
    const values = await executable.run('main', feeds);
    const copies = Object.entries(values).map(([name, value]) => [name, { ...value, data: value.data.slice() }]);
    return Object.fromEntries(copies) as Record<Name, HostTensor>;
  } finally {
    await executable.dispose();
  }
}
