/**
 * Prompts (paper, figure 2) in Qwen2.5-VL's chat template:
 *
 *     <|im_start|>system⏎ … <|im_end|>⏎<|im_start|>user⏎
 *     [guide, if any] [head] [leftWrist] [rightWrist] [instruction] (padding) [state]<|im_end|>⏎<|im_start|>assistant⏎
 *     [16 latent action tokens] [FAST tokens] [end] (padding)
 *
 * Everything but the instruction has its place, the same in all action prompts of a format: the instruction is padded to a fixed
 * length before the state, so that a graph of static shapes can take vision, state and latent positions as constants. Padding is
 * hidden (`visible` is 0) and takes no rotary position (`ropePositions`), so that it changes nothing but the places. So are views that
 * there are not, with the marks around them. The `plain` template is of a model that has no chat to continue: neither system nor marks, and
 * <|im_start|> alone where the assistant's turn begins. With `instructionFirst` the instruction and its padding come before the views: attention
 * is causal, so only then what is made of pictures can depend on what is asked.
 */
import type { TextTokenizer } from './text.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Camera views, in the order of the prompt: names and order are those of the canonical record (`VIEWS` of `gear-vla/robot`). */
export const VIEWS = ['head', 'leftWrist', 'rightWrist'] as const;

/** A camera view. */
export type View = (typeof VIEWS)[number];

/**
 * What a part of a prompt is. `template` is what the chat template has around the others; `guide` is a picture of an earlier moment that
 * shows by a mask which object is meant (the paper's appendix F).
 */
export type SpanKind = View | 'guide' | 'template' | 'instruction' | 'state' | 'latent' | 'fast' | 'answer' | 'end' | 'padding';

/** Positions from `start` to before `end`. */
export interface Span {
  readonly kind: SpanKind;
  readonly start: number;
  readonly end: number;
}

/** A prompt of T tokens, with what is to be learned from it if anything. */
export interface Prompt {
  /** [T] */
  readonly ids: Int32Array;
  /** [T]: the token to predict at each position, which is the next one; the padding token at the last. */
  readonly targets: Int32Array;
  /** [T]: 1 where the prediction is trained: latent and FAST tokens, the answer and the end are targets, the prompt is not. */
  readonly trained: Uint8Array;
  /** [T]: 0 for keys that nobody attends to: padding, and views that there are not, with their marks. Spans are all 0 or all 1. */
  readonly visible: Uint8Array;
  /** The parts, in order, without gaps. State and vision positions are to be overwritten with embeddings. */
  readonly spans: readonly Span[];
}

/** What all prompts of a model have in common: JSON, but for the tokenizer and the vocabulary. */
export interface PromptFormatOptions {
  readonly tokenizer: TextTokenizer;
  readonly vocabulary: Vocabulary;
  /** Visual tokens of a view, rows × columns; 16 × 16 by default. */
  readonly grid?: readonly [rows: number, columns: number];
  /** What is around the parts; `chat` by default. */
  readonly template?: 'chat' | 'plain';
  /** Views that action prompts have places for; all by default. */
  readonly views?: readonly View[];
  /** Whether action prompts have a place for a guide; false by default. */
  readonly guide?: boolean;
  /** Whether instructions and questions come before the pictures; false by default, as Qwen2.5-VL was trained. */
  readonly instructionFirst?: boolean;
  /** State tokens, one per arm slot: 2 by default. */
  readonly stateTokens?: number;
  /** Tokens that an instruction can have; 64 by default. */
  readonly instructionLength?: number;
  /** FAST tokens that a chunk can have; 256 by default. */
  readonly fastLength?: number;
  /** Qwen2.5-VL's by default. */
  readonly system?: string;
  /** What is done with longer instructions: `throw` by default; `truncate` keeps their beginning. */
  readonly tooLong?: 'throw' | 'truncate';
}

/** A format, with its lengths. */
export interface PromptFormat extends Required<PromptFormatOptions> {
  /** Tokens of an action prompt before the first latent token. */
  readonly promptLength: number;
  /** Tokens of every prompt with targets. */
  readonly length: number;
}

/**
 * Lengths and settings of all prompts. Throws when the tokenizer lacks a token of the chat template, or has ids, of special tokens or
 * others, that are not among the vocabulary's text.
 */
export function promptFormat(options: PromptFormatOptions): PromptFormat {
  const format = {
    grid: [16, 16] as const,
    template: 'chat' as const,
    views: VIEWS,
    guide: false,
    instructionFirst: false,
    stateTokens: 2,
    instructionLength: 64,
    fastLength: 256,
    system: 'You are a helpful assistant.',
    tooLong: 'throw' as const,
    ...options,
  };
  const { tokenizer, vocabulary, fastLength, views } = format;
  requireViews(views);
  const last = [...tokenizer.special.values()].reduce((a, b) => Math.max(a, b), tokenizer.vocabularySize - 1);
  if (last >= vocabulary.text.end) {
    throw new Error(
      `promptFormat: the text tokenizer has ids up to ${last}, but the vocabulary has text ids up to ${vocabulary.text.end - 1}`,
    );
  }
  const promptLength = assemble(actionParts(format, { instruction: '' })).length;
  return { ...format, promptLength, length: promptLength + vocabulary.latentLength + fastLength + 1 };
}

/** What an action prompt is made of. */
export interface ActionPromptInput {
  readonly instruction: string;
  /** The views that there are; all of the format by default. Its others keep their places, but are hidden with their marks. */
  readonly views?: readonly View[];
  /** Whether there is a guide; false by default. Only where the format has a place for it. */
  readonly guide?: boolean;
  /** Targets: codebook entries by position (`Vocabulary.latentTokens` says of which groups). */
  readonly latents?: ArrayLike<number>;
  /** Targets: ids of the FAST tokenizer. Only with latents. */
  readonly fast?: ArrayLike<number>;
}

/**
 * A prompt for actions. Without targets, for inference: `promptLength` tokens. With latents, `length` tokens: with FAST tokens these
 * and the end are targets, too; without, as for video without actions, nothing after the latents is.
 * Throws when the instruction is too long or has special tokens in it, when the format has no place for a view, or when there are more
 * FAST tokens than `fastLength`.
 */
export function actionPrompt(format: PromptFormat, input: ActionPromptInput): Prompt {
  const { vocabulary, fastLength } = format;
  const { latents, fast } = input;
  if (fast && !latents) throw new Error('action prompt: FAST tokens follow latent ones, but there are no latents');
  if (fast && fast.length > fastLength)
    throw new Error(`action prompt: ${fast.length} FAST tokens, but the format has room for ${fastLength}`);
  const parts = actionParts(format, input);
  if (latents) parts.push({ kind: 'latent', ids: vocabulary.latentTokens(latents) });
  if (fast) parts.push({ kind: 'fast', ids: Array.from(fast, vocabulary.fastToken) }, endOf(format));
  return finish(format, parts, latents ? format.length : format.promptLength);
}

/** What a prompt for a question is made of. */
export interface QuestionPromptInput {
  readonly question: string;
  /** The views that it shows, in the order of VIEWS; none are kept free for the others. The head view by default. */
  readonly views?: readonly View[];
  /** The target. */
  readonly answer?: string;
}

/**
 * A prompt for a question about images: reasoning, grounding, planning. With an answer, which is the target together with the end,
 * `length` tokens; without, for inference, as many as it needs. Throws when it has more, or special tokens in its texts, or when a
 * view has an unknown name.
 */
export function questionPrompt(format: PromptFormat, { question, views = ['head'], answer }: QuestionPromptInput): Prompt {
  requireViews(views);
  const asked: Part[] = [{ kind: 'instruction', ids: plainText(format, 'question', question) }];
  const shown = VIEWS.filter((view) => views.includes(view)).flatMap((view) => viewParts(format, view));
  const parts = [...opening(format), ...inOrder(format, shown, asked), turn(format)];
  if (answer !== undefined) parts.push({ kind: 'answer', ids: plainText(format, 'answer', answer) }, endOf(format));
  return finish(format, parts, answer === undefined ? assemble(parts).length : format.length);
}

/** A question and its answer, and how long they may be: for all samples of a kind the same. */
export interface QuestionSampleInput extends Required<QuestionPromptInput> {
  readonly questionLength: number;
  readonly answerLength: number;
}

/**
 * A question with its answer as all of a batch are: there are places for all views of the format, the question is padded to
 * `questionLength` tokens and the answer to `answerLength`, of which the end is one. What is longer in the answer is left out, and then the
 * end as well. Throws when the question is longer, when there are special tokens in the texts, and for views without a place.
 */
export function questionSample(
  format: PromptFormat,
  { question, views, answer, questionLength, answerLength }: QuestionSampleInput,
): Prompt {
  requireViews(views, format.views);
  const asked = plainText(format, 'question', question);
  if (asked.length > questionLength) {
    throw new Error(`prompt: the question has ${asked.length} tokens, but there is room for ${questionLength}: "${question}"`);
  }
  const said = plainText(format, 'answer', answer).slice(0, answerLength);
  const words: Part[] = [{ kind: 'instruction', ids: asked }, padding(format, questionLength - asked.length)];
  const parts = [...opening(format), ...inOrder(format, viewPlaces(format, views), words), turn(format)];
  const { length } = assemble(parts);
  parts.push({ kind: 'answer', ids: said }, ...(said.length < answerLength ? [endOf(format)] : []));
  return finish(format, parts, length + answerLength);
}

/** Consecutive tokens of one kind. */
interface Part {
  readonly kind: SpanKind;
  readonly ids: ArrayLike<number>;
  /** Whether nobody attends to them. */
  readonly hidden?: boolean;
}

/** A span, and whether nobody attends to it. */
interface Placed {
  readonly span: Span;
  readonly hidden: boolean;
}

const TARGETS: ReadonlySet<SpanKind> = new Set(['latent', 'fast', 'answer', 'end']);

function actionParts(
  format: PromptFormatOptions & Pick<PromptFormat, ActionFields>,
  { instruction, views = format.views, guide = false }: ActionPromptInput,
): Part[] {
  requireViews(views, format.views);
  const { tokenizer, instructionLength, stateTokens, tooLong } = format;
  if (guide && !format.guide) throw new Error('action prompt: there is a guide, but the format has no place for it');
  const ids = plainText(format, 'instruction', instruction);
  if (ids.length > instructionLength && tooLong === 'throw') {
    throw new Error(
      `action prompt: the instruction has ${ids.length} tokens, but the format has room for ${instructionLength}: "${instruction}"`,
    );
  }
  const kept = ids.slice(0, instructionLength);
  const guided = format.guide ? viewParts(format, 'guide').map((part) => ({ ...part, hidden: !guide })) : [];
  const words: Part[] = [{ kind: 'instruction', ids: kept }, padding(format, instructionLength - kept.length)];
  return [
    ...opening(format),
    ...inOrder(format, [...guided, ...viewPlaces(format, views)], words),
    { kind: 'state', ids: repeated(tokenizer.tokenId('<|vision_pad|>'), stateTokens) },
    turn(format),
  ];
}

/** Pictures before words, or words before pictures. */
const inOrder = ({ instructionFirst = false }: PromptFormatOptions, pictures: readonly Part[], words: readonly Part[]): Part[] =>
  instructionFirst ? [...words, ...pictures] : [...pictures, ...words];

type ActionFields =
  | 'grid'
  | 'template'
  | 'views'
  | 'guide'
  | 'instructionFirst'
  | 'stateTokens'
  | 'instructionLength'
  | 'system'
  | 'tooLong';

const repeated = (id: number, count: number): number[] => new Array<number>(count).fill(id);

const opening = ({ tokenizer, template, system }: PromptFormatOptions): Part[] =>
  template === 'plain' ? [] : [{ kind: 'template', ids: tokenizer.encode(`<|im_start|>system\n${system}<|im_end|>\n<|im_start|>user\n`) }];

function requireViews(views: readonly View[], places: readonly View[] = VIEWS): void {
  const unknown = views.find((view) => !places.includes(view));
  if (unknown !== undefined) throw new Error(`prompt: there is no view "${unknown}"; the views are ${places.join(', ')}`);
}

/** Placeholders of one picture between its marks. */
function viewParts({ tokenizer, template, grid }: PromptFormatOptions & Pick<PromptFormat, 'grid'>, view: View | 'guide'): Part[] {
  const picture: Part = { kind: view, ids: repeated(tokenizer.tokenId('<|image_pad|>'), grid[0] * grid[1]) };
  const mark = (name: string): Part => ({ kind: 'template', ids: [tokenizer.tokenId(name)] });
  return template === 'plain' ? [picture] : [mark('<|vision_start|>'), picture, mark('<|vision_end|>')];
}

/** Places for all views of a format, those hidden that there are not. */
const viewPlaces = (format: PromptFormatOptions & Pick<PromptFormat, 'grid' | 'views'>, views: readonly View[]): Part[] =>
  VIEWS.filter((view) => format.views.includes(view)).flatMap((view) =>
    viewParts(format, view).map((part) => ({ ...part, hidden: !views.includes(view) })),
  );

const turn = ({ tokenizer, template }: PromptFormatOptions): Part => ({
  kind: 'template',
  ids: template === 'plain' ? [tokenizer.tokenId('<|im_start|>')] : tokenizer.encode('<|im_end|>\n<|im_start|>assistant\n'),
});

const endOf = ({ tokenizer }: PromptFormatOptions): Part => ({ kind: 'end', ids: [tokenizer.tokenId('<|im_end|>')] });

const padding = ({ tokenizer }: PromptFormatOptions, count: number): Part => ({
  kind: 'padding',
  ids: repeated(tokenizer.tokenId('<|endoftext|>'), count),
  hidden: true,
});

/** Ids of a text from outside, in which special tokens have no business. */
function plainText({ tokenizer }: PromptFormatOptions, what: string, text: string): number[] {
  const special = [...tokenizer.special.keys()].find((name) => text.includes(name));
  if (special !== undefined) throw new Error(`prompt: the ${what} contains the special token ${special}: "${text}"`);
  return tokenizer.encode(text);
}

/** Tokens and spans of parts one after another. Adjacent parts of one kind become one span, if both are hidden or neither is. */
function assemble(parts: readonly Part[]): { length: number; placed: Placed[] } {
  const placed: Placed[] = [];
  let at = 0;
  for (const { kind, ids, hidden = false } of parts) {
    const [start, end] = [at, at + ids.length];
    const last = placed.at(-1);
    if (last?.span.kind === kind && last.hidden === hidden)
      placed[placed.length - 1] = { span: { kind, start: last.span.start, end }, hidden };
    else if (end > start) placed.push({ span: { kind, start, end }, hidden });
    at = end;
  }
  return { length: at, placed };
}

function finish(format: PromptFormat, parts: readonly Part[], length: number): Prompt {
  const unpadded = assemble(parts).length;
  if (unpadded > length) throw new Error(`prompt: it has ${unpadded} tokens, but the format has room for ${length}`);
  const all = [...parts, padding(format, length - unpadded)];
  const { placed } = assemble(all);
  const ids = new Int32Array(length);
  const targets = new Int32Array(length).fill(format.tokenizer.tokenId('<|endoftext|>'));
  const trained = new Uint8Array(length);
  const visible = new Uint8Array(length).fill(1);
  let at = 0;
  for (const { ids: own } of all) {
    ids.set(own, at);
    at += own.length;
  }
  targets.set(ids.subarray(1));
  for (const { span, hidden } of placed) {
    if (TARGETS.has(span.kind)) trained.fill(1, span.start - 1, span.end - 1);
    if (hidden) visible.fill(0, span.start, span.end);
  }
  return { ids, targets, trained, visible, spans: placed.map(({ span }) => span) };
}

const isPicture = (kind: SpanKind): kind is View | 'guide' => kind === 'guide' || VIEWS.some((view) => view === kind);

/**
 * M-RoPE positions i32[3, T] (time, height, width) of a prompt, as Qwen2.5-VL counts them (`get_rope_index`): text counts on in all
 * three alike; a view's tokens share the time at which it begins and count rows and columns from there; what follows begins after the
 * largest of these. Hidden tokens take no position: those of padding, and of missing views and their marks, are 0. What is shown has
 * the positions of a prompt of nothing else.
 */
export function ropePositions(
  { ids, spans, visible }: Pick<Prompt, 'ids' | 'spans' | 'visible'>,
  [rows, columns]: readonly [number, number],
): Int32Array {
  const length = ids.length;
  const positions = new Int32Array(3 * length);
  let next = 0;
  for (const { kind, start, end } of spans) {
    if (visible[start] === 0) continue;
    for (let i = start; i < end; i++) {
      const cell = i - start;
      const [row, column] = isPicture(kind) ? [Math.floor(cell / columns), cell % columns] : [cell, cell];
      positions[i] = next + (isPicture(kind) ? 0 : cell);
      positions[length + i] = next + row;
      positions[2 * length + i] = next + column;
    }
    next += isPicture(kind) ? Math.max(rows, columns) : end - start;
  }
  return positions;
}
