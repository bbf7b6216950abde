/** Threads that run a source of ours: the TypeScript file in a checkout, what was compiled of it in an installed package. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/**
 * Starts a thread with `source`, the address of a `.ts` file: `new URL('./worker.ts', import.meta.url)`. In a package, it is the `.js`
 * file of the same name. From sources, tsx is needed.
 */
export function startThread(source: URL, workerData: unknown): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(source.href.replace(/\.ts$/, '.js')), { workerData });
  // `resolve` finds the CommonJS file; the ES module lies beside it.
  const tsx = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/cjs$/, 'mjs');
  const [api, file] = [pathToFileURL(tsx), source].map(({ href }) => JSON.stringify(href));
  return new Worker(`import(${api}).then(({ register }) => (register(), import(${file})))`, { eval: true, workerData });
}
