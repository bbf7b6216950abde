/**
 * GPT-2's way of cutting a text into words, within which byte pairs are merged:
 *
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * Written out by hand over code points, since this is where encoding would spend its time; and since `\s` of JavaScript is not
 * the one of Python's `tokenizers`, which is Unicode's White_Space (with U+0085, without U+FEFF).
 */

const [OTHER, LETTER, NUMBER, SPACE] = [1, 2, 3, 4] as const;

/** What the first 65,536 code points are, filled in as they are met; 0 is unknown. */
const classes = new Uint8Array(0x10000);

function classOf(codePoint: number): number {
  if (codePoint >= classes.length) return classify(codePoint);
  if (classes[codePoint] === 0) classes[codePoint] = classify(codePoint);
  return classes[codePoint] as number;
}

function classify(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  if (/\p{L}/u.test(character)) return LETTER;
  if (/\p{N}/u.test(character)) return NUMBER;
  return /\p{White_Space}/u.test(character) ? SPACE : OTHER;
}

/**
 * The end (exclusive) of the word that begins at `start` in the first `length` of some code points. Words follow one another without
 * gaps.
 */
export function wordEnd(text: ArrayLike<number>, start: number, length: number): number {
  const first = text[start] as number;
  if (first === APOSTROPHE) {
    const end = contractionEnd(text, start, length);
    if (end > 0) return end;
  }
  const ownClass = classOf(first);
  if (ownClass !== SPACE) return runEnd(text, start + 1, length, ownClass);
  const end = runEnd(text, start + 1, length, SPACE);
  if (end === length) return end;
  // The last white space before a word is left to it where it is a space, and otherwise alone.
  if (end > start + 1) return end - 1;
  return first === 0x20 ? runEnd(text, end + 1, length, classOf(text[end] as number)) : end;
}

const APOSTROPHE = 0x27;

function runEnd(text: ArrayLike<number>, from: number, length: number, wanted: number): number {
  let end = from;
  while (end < length && classOf(text[end] as number) === wanted) end++;
  return end;
}

/** The end of `'s` and the like, or 0. */
function contractionEnd(text: ArrayLike<number>, start: number, length: number): number {
  const letters = String.fromCharCode(
    ...Array.from({ length: Math.min(2, length - start - 1) }, (_, i) => (text[start + 1 + i] as number) & 0xffff),
  );
  if (/^[stmd]/.test(letters)) return start + 2;
  return /^(?:re|ve|ll)/.test(letters) ? start + 3 : 0;
}
