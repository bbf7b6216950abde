/**
 * `tokenizer.json` of Python's `tokenizers`, for byte-level BPE with GPT-2's words: what the published FAST processor has, and what
 * text tokenizers trained here are saved as. Other kinds of tokenizer.json are for `loadTextTokenizer` only.
 */
import * as z from 'zod';
import type { BpeModel } from './bpe.ts';

/** A token that is found in texts before anything else is, such as `<|im_end|>`. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
}

/** What a file holds. */
export interface TokenizerJson {
  readonly model: BpeModel;
  readonly added: readonly AddedToken[];
}

const schema = z.object({
  added_tokens: z.array(z.object({ id: z.int().nonnegative(), content: z.string().min(1) })).nullish(),
  normalizer: z.null(),
  pre_tokenizer: z.object({ type: z.literal('ByteLevel'), add_prefix_space: z.literal(false), use_regex: z.literal(true).default(true) }),
  decoder: z.object({ type: z.literal('ByteLevel') }),
  model: z.object({
    type: z.literal('BPE').default('BPE'),
    unk_token: z.null().default(null),
    dropout: z.null().default(null),
    continuing_subword_prefix: z.literal('').nullish(),
    end_of_word_suffix: z.literal('').nullish(),
    ignore_merges: z.literal(false).default(false),
    vocab: z.looseObject({}),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  }),
});

/** Reads the text of a file. Throws when it is not JSON, or not of the kind described above. */
export function parseTokenizerJson(text: string): TokenizerJson {
  const { model, added_tokens: added } = parseJson('tokenizer.json', schema, text);
  const added_ = added ?? [];
  const ids = new Map(Object.entries(model.vocab).map(([token, id]) => [token, id as number]));
  const tokens = new Array<string | undefined>(ids.size).fill(undefined);
  for (const [token, id] of ids) {
    if (!(Number.isInteger(id) && id >= 0 && id < ids.size && tokens[id] === undefined)) {
      throw new Error(`tokenizer.json: token "${token}" has id ${id}; ${ids.size} tokens must have the ids 0 … ${ids.size - 1}, one each`);
    }
    tokens[id] = token;
  }
  const idOf = (token: string | undefined, merge: number): number => {
    const id = token === undefined ? undefined : ids.get(token);
    if (id === undefined) throw new Error(`tokenizer.json: merge ${merge} is of "${token}", which is not in the vocabulary`);
    return id;
  };
  const merges = model.merges.map((merge, i) => {
    const [left, right] = typeof merge === 'string' ? merge.split(' ') : merge;
    return [idOf(left, i), idOf(right, i)] as const;
  });
  return { model: { tokens: tokens as string[], merges }, added: added_ };
}

/** The text of a file, the same as Python's `tokenizers` writes. It is loaded by `Tokenizer.from_file` there. */
export function tokenizerJson({ model, added }: TokenizerJson): string {
  const { tokens, merges } = model;
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const byteLevel = (add_prefix_space: boolean, trim_offsets: boolean) => ({
    type: 'ByteLevel',
    add_prefix_space,
    trim_offsets,
    use_regex: true,
  });
  const start = JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added.map(({ id, content }) => ({ id, content, ...flags })),
    normalizer: null,
    pre_tokenizer: byteLevel(false, true),
    post_processor: byteLevel(true, false),
    decoder: byteLevel(true, true),
  });
  const options = {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
  };
  // By hand, since an object would have tokens such as "0" first.
  const vocabulary = tokens.map((token, id) => `${JSON.stringify(token)}:${id}`).join(',');
  const pairs = JSON.stringify(merges.map(([left, right]) => [tokens[left], tokens[right]]));
  return `${start.slice(0, -1)},"model":${JSON.stringify(options).slice(0, -1)},"vocab":{${vocabulary}},"merges":${pairs}}}`;
}

/** JSON of a schema. Throws with the name of the file and of the first field that is wrong. */
export function parseJson<S extends z.ZodType>(file: string, schema: S, text: string): z.output<S> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}`);
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`${file}: ${issue?.path.join('.')}: ${issue?.message}`);
}
