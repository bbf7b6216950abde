/** Words and sentences for saying the same in other ways. */

/** Before an instruction of any kind */
export const COURTESIES = ['when you have a moment, ', 'if it is no trouble, ', 'as a favour to me, ', 'if you would be so kind, '];

/** Sentences that have nothing to do with any task. */
export const DISTRACTIONS = [
  'we are having guests tonight.',
  'sorry about the noise in here.',
  'I have been tidying up all morning.',
  'it is later than I thought.',
  'never mind what else is lying around.',
  'there is no hurry.',
  'my sister will be home soon.',
  'what a lovely day it is.',
  'I was going to do this myself.',
  'you did very well yesterday.',
];

/** What goes around an order, as in `put the apple on the plate` */
export const ORDER_FRAMES = [
  'what I want you to do is {}',
  'your job now is to {}',
  'the one thing that is left to do is to {}',
  'I need you to {}',
];
/** What goes around any other sentence */
export const OTHER_FRAMES = ['this is what I mean: {}', 'what I have in mind is this: {}', 'let me say what is to happen: {}'];

/** Verbs that orders begin with, and others that say the same; undefined where there is none. Of two words before those of one. */
export const VERBS: readonly (readonly [verb: string, same: string | undefined])[] = [
  ['pick up', 'take'],
  ['turn on', 'switch on'],
  ['turn off', 'switch off'],
  ['switch on', 'turn on'],
  ['switch off', 'turn off'],
  ['put', 'place'],
  ['place', 'put'],
  ['set', 'put'],
  ['lay', 'put'],
  ['move', 'bring'],
  ['bring', 'carry'],
  ['carry', 'bring'],
  ['close', 'shut'],
  ['shut', 'close'],
  ['grab', 'take'],
  ['lift', 'raise'],
  ['pull', 'draw'],
  ['stack', 'pile'],
  ['hand', 'pass'],
  ['take', undefined],
  ['open', undefined],
  ['push', undefined],
  ['turn', undefined],
  ['drop', undefined],
  ['leave', undefined],
  ['hold', undefined],
  ['slide', undefined],
  ['press', undefined],
  ['get', undefined],
  ['transfer', undefined],
  ['have', undefined],
  ['let', undefined],
  ['use', undefined],
  ['find', undefined],
];

/** Other words for things and places. Colours, and what things alone are called, have none. */
export const SYNONYMS: readonly (readonly [words: string, same: string])[] = [
  ['on top of', 'atop'],
  ['hot plate', 'burner'],
  ['next to', 'beside'],
  ['plate', 'flat dish'],
  ['bowl', 'deep dish'],
  ['mug', 'coffee mug'],
  ['cabinet', 'cupboard'],
  ['stove', 'cooker'],
  ['drawer', 'pull-out drawer'],
  ['knob', 'dial'],
  ['tray', 'serving tray'],
  ['lid', 'cover'],
  ['object', 'item'],
];

/** Whether a text is an order: it begins with a verb. */
export const isImperative = (text: string): boolean => VERBS.some(([verb]) => text.startsWith(`${verb} `));

/** `put the apple on the plate` as `on the plate, put the apple`; undefined for what is not as simple as this. */
export function withPlaceFirst(text: string): string | undefined {
  const found = /^(put|place|set|leave|drop) (the .+?) (on|onto|in|into|inside) (the .+)$/.exec(text);
  if (!found) return undefined;
  const [, verb, object, preposition, place] = found as unknown as [string, string, string, string, string];
  const simple = [object, place].every(
    (part) => !/,|\b(on|onto|in|into|inside|to|at|of|from|and|by|next|between|beside|behind|under|near|that|which|with)\b/.test(part),
  );
  return simple ? `${preposition} ${place}, ${verb} ${object}` : undefined;
}
