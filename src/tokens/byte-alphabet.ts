/**
 * The byte alphabet of GPT-2: every byte written as one visible character, so that tokens of any bytes are texts. Bytes that are
 * visible characters of Latin-1 stand for themselves, the other 68 for U+0100 and on. And back.
 */

const VISIBLE: readonly (readonly [number, number])[] = [
  [0x21, 0x7e],
  [0xa1, 0xac],
  [0xae, 0xff],
];

/** The character of each byte: `BYTE_CHARACTERS[0x20]` is `Ġ`. */
export const BYTE_CHARACTERS: readonly string[] = alphabet();

const BYTE_OF = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));

function alphabet(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const visible = VISIBLE.some(([first, last]) => byte >= first && byte <= last);
    return String.fromCharCode(visible ? byte : next++);
  });
}

/**
 * The bytes that a token stands for. A token with a character that is none of the byte alphabet stands for its own UTF-8, as in
 * Python's `tokenizers`: FAST vocabularies have such tokens for characters such as U+0001.
 */
export function bytesOfToken(token: string): Uint8Array {
  const bytes = Array.from(token, (character) => BYTE_OF.get(character));
  return bytes.includes(undefined) ? new TextEncoder().encode(token) : Uint8Array.from(bytes as number[]);
}
