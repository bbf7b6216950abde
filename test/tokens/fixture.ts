/** What `reference/fast_fixture.py` wrote. */
import { readFileSync } from 'node:fs';
import type { ChunkRecipe } from './chunks.ts';

interface FastCase extends ChunkRecipe {
  readonly vocab_size: number;
  readonly scale: number;
  readonly min_token: number;
  /** Of the first five chunks, and of one of −100 everywhere. */
  readonly ids: readonly (readonly number[])[];
  /** The first chunk, [H, D]. */
  readonly decoded: readonly number[];
}

interface TextCase {
  readonly ids: readonly (readonly number[])[];
  readonly decoded: readonly string[];
}

export interface Fixture {
  readonly fast: Readonly<Record<string, FastCase>>;
  readonly words: { readonly text: string; readonly ends: readonly number[] };
  readonly text: {
    readonly corpus: readonly string[];
    readonly special: readonly string[];
    readonly strings: readonly string[];
    readonly qwen_like: TextCase;
    readonly small: TextCase;
  };
}

const read = (file: string): string => readFileSync(new URL(`../fixtures/tokens/${file}`, import.meta.url), 'utf8');

export const fixture = JSON.parse(read('tokens.json')) as Fixture;

/** The text of `fast_…tokenizer.json` or `text_…tokenizer.json`. */
export const tokenizerFile = (name: string): string => read(`${name}.tokenizer.json`);
