/**
 * Text to tokens behind one small interface: published tokenizers (Qwen2.5's and others) through `@huggingface/tokenizers`, and small
 * ones trained here.
 */
import { Tokenizer } from '@huggingface/tokenizers';
import { bpe } from './bpe.ts';
import { trainBpe } from './bpe-train.ts';
import { type AddedToken, parseTokenizerJson, type TokenizerJson, tokenizerJson } from './tokenizer-json.ts';

/** A text tokenizer. */
export interface TextTokenizer {
  /** One more than the highest id, special tokens included. */
  readonly vocabularySize: number;
  /** The ids of tokens such as `<|im_end|>`. */
  readonly special: ReadonlyMap<string, number>;
  /** Ids of a text. Special tokens in it are found first; nothing is added before or after. */
  encode(text: string): number[];
  /** The text of ids, special tokens included; bytes that are no UTF-8 become U+FFFD. Throws for ids that there are not. */
  decode(ids: ArrayLike<number>): string;
  /** The id of a special token. Throws when there is none of that name. */
  tokenId(special: string): number;
}

/**
 * A tokenizer from the text of `tokenizer.json`, and where there is one of `tokenizer_config.json`. Any kind that
 * `@huggingface/tokenizers` knows. Throws when it is none.
 *
 * Ids are those of Python's `tokenizers`, but for texts with U+0085 (next line) or U+FEFF (byte order mark): patterns that cut texts
 * into words are JavaScript's regular expressions here, where `\s` has U+FEFF and not U+0085; there it is the other way round.
 */
export function loadTextTokenizer(tokenizer: string, config = '{}'): TextTokenizer {
  const tokenizerFile = JSON.parse(tokenizer) as { added_tokens?: readonly AddedToken[] };
  const published = new Tokenizer(tokenizerFile, JSON.parse(config) as object);
  const special = specialTokens(tokenizerFile.added_tokens ?? []);
  const vocabularySize = highest(published.get_vocab().values(), highest(special.values())) + 1;
  return {
    vocabularySize,
    special,
    tokenId: (name) => tokenId(special, name),
    encode: (text) => (text === '' ? [] : published.encode(text, { add_special_tokens: false }).ids),
    decode(ids) {
      const known = Array.from(ids, (id) => (published.id_to_token(id) === undefined ? unknownId(id, vocabularySize) : id));
      return known.length === 0 ? '' : published.decode(known, { skip_special_tokens: false, clean_up_tokenization_spaces: false });
    },
  };
}

/** A text tokenizer of our own making, which can be saved. */
export interface TrainedTextTokenizer extends TextTokenizer {
  /** The text of its `tokenizer.json`, for `loadTextTokenizer` and for Python's `tokenizers`. */
  readonly json: string;
}

/** How a text tokenizer is made. */
export interface TrainTextTokenizerOptions {
  /** Ids at most, special tokens included; at least 256 besides those. */
  readonly vocabularySize: number;
  /** Tokens of their own, which get the last ids; those of the prompts by default. */
  readonly special?: readonly string[];
}

/** The special tokens that prompts are made of, which are Qwen2.5-VL's. */
export const PROMPT_TOKENS: readonly string[] = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
  '<|vision_start|>',
  '<|vision_end|>',
  '<|vision_pad|>',
  '<|image_pad|>',
];

/**
 * Learns byte pairs from texts, the same ones from the same texts always. All bytes have tokens, so that there is no text that cannot
 * be encoded. Throws when there is not room for those.
 */
export function trainTextTokenizer(
  texts: Iterable<string>,
  { vocabularySize, special = PROMPT_TOKENS }: TrainTextTokenizerOptions,
): TrainedTextTokenizer {
  const room = vocabularySize - special.length;
  if (room < 256)
    throw new Error(`trainTextTokenizer: ${vocabularySize} ids are too few for 256 bytes and ${special.length} special tokens`);
  const model = trainBpe(texts, { vocabularySize: room });
  return smallTokenizer({ model, added: special.map((content, i) => ({ id: model.tokens.length + i, content })) });
}

/** A tokenizer that was trained here, from the text of its `tokenizer.json`. Throws when the file is of another kind. */
export function loadTrainedTextTokenizer(json: string): TrainedTextTokenizer {
  return smallTokenizer(parseTokenizerJson(json));
}

function smallTokenizer(file: TokenizerJson): TrainedTextTokenizer {
  const { model, added } = file;
  const pairs = bpe(model);
  const special = specialTokens(added);
  const contents = new Map(added.map(({ id, content }) => [id, content]));
  const vocabularySize = highest(special.values(), model.tokens.length - 1) + 1;
  // The longest first, where one begins with another.
  const names = [...special.keys()].sort((a, b) => b.length - a.length).map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const pattern = new RegExp(`(${names.join('|')})`);

  return {
    vocabularySize,
    special,
    tokenId: (name) => tokenId(special, name),
    json: tokenizerJson(file),
    encode(text) {
      const parts = names.length === 0 ? [text] : text.split(pattern);
      return parts.flatMap((part, i) => (i % 2 === 1 ? [tokenId(special, part)] : [...pairs.encode(part)]));
    },
    decode(ids) {
      let text = '';
      let run: number[] = [];
      for (const id of Array.from(ids)) {
        const content = contents.get(id);
        if (content === undefined) run.push(id);
        else {
          text += pairs.decode(run) + content;
          run = [];
        }
      }
      return text + pairs.decode(run);
    },
  };
}

/** The highest of ids, which may be too many for arguments of `Math.max`. */
function highest(ids: Iterable<number>, least = -1): number {
  let result = least;
  for (const id of ids) if (id > result) result = id;
  return result;
}

const specialTokens = (added: readonly AddedToken[]): Map<string, number> => new Map(added.map(({ id, content }) => [content, id]));

function tokenId(special: ReadonlyMap<string, number>, name: string): number {
  const id = special.get(name);
  if (id === undefined)
    throw new Error(`the text tokenizer has no special token "${name}"; it has ${[...special.keys()].join(' ') || 'none'}`);
  return id;
}

function unknownId(id: number, size: number): never {
  throw new Error(`text tokenizer: ${id} is not an id of a vocabulary of ${size}`);
}
