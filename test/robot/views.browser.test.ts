/** The same pixels in a browser as in Node, where they are compared with Pillow's. */
import { expect, test } from 'vitest';
import { letterbox } from '../../src/robot/views.ts';

test('letterbox', () => {
  const data = Uint8Array.from({ length: 3 * 37 * 23 }, (_, i) => (i * 7919) % 251);
  const square = letterbox({ width: 37, height: 23, data }, 16);
  expect([square.width, square.height]).toEqual([16, 16]);
  // FNV-1a of what Pillow 12.0 makes of it.
  expect(square.data.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5)).toBe(3375020311);
});
