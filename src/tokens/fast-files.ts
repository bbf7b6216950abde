/** The two files of a FAST tokenizer: `tokenizer.json` and `processor_config.json` of the published processor. */
import * as z from 'zod';
import { type FastTokenizer, fastTokenizer } from './fast.ts';
import { parseJson, parseTokenizerJson, tokenizerJson } from './tokenizer-json.ts';

/** The texts of both files. */
export interface FastFiles {
  /** `tokenizer.json` */
  readonly tokenizer: string;
  /** `processor_config.json` */
  readonly processor: string;
}

const schema = z.object({
  scale: z.number().positive(),
  vocab_size: z.int().positive(),
  min_token: z.int(),
  action_dim: z.int().positive().nullish(),
  time_horizon: z.int().positive().nullish(),
});

/** Reads a tokenizer. Throws with file and field when something is wrong. */
export function loadFast({ tokenizer, processor }: FastFiles): FastTokenizer {
  const config = parseJson('processor_config.json', schema, processor);
  return fastTokenizer(parseTokenizerJson(tokenizer).model, {
    scale: config.scale,
    vocabularySize: config.vocab_size,
    minToken: config.min_token,
    ...(config.time_horizon && { horizon: config.time_horizon }),
    ...(config.action_dim && { dims: config.action_dim }),
  });
}

/** The files of a tokenizer. `reference/fast_fixture.py` has seen Python's `tokenizers` load such a tokenizer.json. */
export function saveFast({ config, model }: FastTokenizer): FastFiles {
  const processor = {
    processor_class: 'UniversalActionProcessor',
    scale: config.scale,
    vocab_size: config.vocabularySize,
    min_token: config.minToken,
    action_dim: config.dims ?? null,
    time_horizon: config.horizon ?? null,
  };
  return { tokenizer: tokenizerJson({ model, added: [] }), processor: `${JSON.stringify(processor, null, 2)}\n` };
}
