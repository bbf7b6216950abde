/** UTF-8 one code point or one byte at a time, for data that never was a string. */

/** Writes the bytes of a code point (no surrogate) and returns the position after them. */
export function writeUtf8(codePoint: number, bytes: Uint8Array, at: number): number {
  let end = at;
  if (codePoint < 0x80) bytes[end++] = codePoint;
  else {
    if (codePoint < 0x800) bytes[end++] = 0xc0 | (codePoint >> 6);
    else {
      if (codePoint < 0x10000) bytes[end++] = 0xe0 | (codePoint >> 12);
      else {
        bytes[end++] = 0xf0 | (codePoint >> 18);
        bytes[end++] = 0x80 | ((codePoint >> 12) & 0x3f);
      }
      bytes[end++] = 0x80 | ((codePoint >> 6) & 0x3f);
    }
    bytes[end++] = 0x80 | (codePoint & 0x3f);
  }
  return end;
}

/** The code points of a text. */
export function codePointsOf(text: string): Int32Array {
  const codePoints = new Int32Array(text.length);
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const codePoint = text.codePointAt(i) as number;
    if (codePoint > 0xffff) i++;
    // As encoding to UTF-8 does with half a surrogate pair.
    codePoints[count++] = codePoint >= 0xd800 && codePoint < 0xe000 ? 0xfffd : codePoint;
  }
  return codePoints.subarray(0, count);
}
