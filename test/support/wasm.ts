/** `npm run wasm`: compiles the vector code of `src/robot/resize.wat` into `src/robot/resize-wasm.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';

const at = (name: string): string => fileURLToPath(new URL(`../../src/robot/${name}`, import.meta.url));

/** The module that `resize.wat` makes, as the text of `resize-wasm.ts`. */
export async function compileResize(): Promise<string> {
  const { parseWat } = await wabt();
  const { buffer } = parseWat('resize.wat', readFileSync(at('resize.wat'), 'utf8'), { simd: true }).toBinary({});
  const base64 = Buffer.from(buffer).toString('base64');
  return `/** \`resize.wat\`, compiled by \`npm run wasm\`, in base64. */\nexport const RESIZE_WASM =\n  '${base64}';\n`;
}

/** The text that is there. */
export const compiledResize = (): string => readFileSync(at('resize-wasm.ts'), 'utf8');

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(at('resize-wasm.ts'), await compileResize());
