#!/usr/bin/env node
/** Starts the command line: from the TypeScript sources in a checkout, from `dist` in an installed package. */
import { existsSync } from 'node:fs';

const sources = new URL('../src/cli/main.ts', import.meta.url);
const built = new URL('../dist/cli/main.js', import.meta.url);
const inCheckout = existsSync(sources);

if (inCheckout) {
  const tsx = await import('tsx/esm/api').catch(() => undefined);
  if (!tsx) {
    console.error('gear: the dependencies of this checkout are not installed: run npm ci');
    process.exit(1);
  }
  tsx.register();
}

const { main } = await import(inCheckout ? sources.href : built.href);
process.exitCode = await main(process.argv.slice(2));
