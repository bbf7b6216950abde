/** What a folder shows to others, it explains: exported functions, classes and interfaces have doc comments. */
import { expect, test } from 'vitest';
import { parse, type Source, sources } from './source.ts';

type Statement = Source['program']['body'][number];

/** A statement that exports a function, class or interface; `line` is true for a constant on one line. */
interface Exported {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly constant: boolean;
}

/** Exported functions (arrow functions, too), classes and interfaces that no doc comment stands directly above. */
function undocumented(source: Source): string[] {
  const documented = new Set<string>();
  const missing: Exported[] = [];
  let previous: Exported | undefined;
  for (const exported of exportedBy(source)) {
    // One comment is enough for overloads, and for constants on lines that follow one another.
    const together = exported.constant && previous?.constant && source.text.slice(previous.end, exported.start).trim() === '';
    const adjacent = together && previous && lineOf(source, exported.start) === lineOf(source, previous.end) + 1;
    if (hasDoc(source, exported.start) || (adjacent && previous && documented.has(previous.name))) documented.add(exported.name);
    else if (!documented.has(exported.name)) missing.push(exported);
    previous = exported;
  }
  return missing.map(({ name, start }) => `${source.path}:${lineOf(source, start)} ${name}`);
}

const lineOf = ({ text }: Source, position: number): number => text.slice(0, position).split('\n').length;

/** Whether a comment that begins with two asterisks ends on the line above. */
function hasDoc({ comments, text }: Source, start: number): boolean {
  return comments.some(
    ({ type, value, end }) => type === 'Block' && value.startsWith('*') && end <= start && /^[ \t]*\n[ \t]*$/.test(text.slice(end, start)),
  );
}

/** The exports that need an explanation, in order. `export { a }` counts for the statement that declares `a`. */
function exportedBy({ program }: Source): Exported[] {
  const listed = new Set(
    program.body.flatMap((node) =>
      node.type === 'ExportNamedDeclaration' && !node.source
        ? node.specifiers.flatMap(({ local }) => ('name' in local ? [local.name] : []))
        : [],
    ),
  );
  return program.body.flatMap((node) => {
    const exports = node.type === 'ExportNamedDeclaration' || node.type === 'ExportDefaultDeclaration';
    const declaration = exports ? node.declaration : node;
    return namesOf(declaration as Statement | null)
      .filter((name) => exports || listed.has(name))
      .map((name) => ({ name, start: node.start, end: node.end, constant: declaration?.type === 'VariableDeclaration' }));
  });
}

/** The names of the functions, classes and interfaces that a statement declares. */
function namesOf(node: Statement | null): string[] {
  switch (node?.type) {
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
    case 'ClassDeclaration':
    case 'TSInterfaceDeclaration':
      return [node.id?.name ?? 'default'];
    case 'VariableDeclaration':
      return node.declarations.flatMap(({ id, init }) =>
        id.type === 'Identifier' && (init?.type === 'ArrowFunctionExpression' || init?.type === 'FunctionExpression') ? [id.name] : [],
      );
    default:
      return [];
  }
}

test('every exported function, class and interface of src has a doc comment', () => {
  expect(sources().flatMap(undocumented)).toEqual([]);
});

test.each([
  'export function planted() {}',
  'export async function* planted() {}',
  'export default function planted() {}',
  'export const planted = (): number => 1;',
  'export interface planted {}',
  'export class planted {}',
  'function planted() {}\nexport { planted };',
  '// Not a doc comment.\nexport function planted() {}',
  '/* Nor this. */\nexport function planted() {}',
  '/** Of the file, not of the function. */\n\nexport function planted() {}',
  '/** Of another. */\nexport const other = () => 1;\n\nexport const planted = () => 2;',
  '/** Of another. */\nexport function other() {}\nexport function planted() {}',
])('%j is found', (text) => {
  expect(undocumented(parse({ path: 'src/nn/planted.ts', text }))).toEqual([expect.stringMatching(/^src\/nn\/planted\.ts:\d+ planted$/)]);
});

test.each([
  '/** Explained. */\nexport function planted() {}',
  '/**\n * Explained at length.\n */\nexport interface Planted {}',
  '/** Zeros and ones. */\nexport const zeros = () => 0;\nexport const ones = () => 1;',
  '/** Either. */\nexport function planted(a: string): void;\nexport function planted(a: number): void;\nexport function planted() {}',
  '/** Explained. */\nfunction planted() {}\nexport { planted };',
  'function own() {}\ninterface Own {}\nexport const SIZE = 3;\nexport type Planted = string;',
  `export { other } from './other.ts';`,
])('%j is allowed', (text) => {
  expect(undocumented(parse({ path: 'src/nn/planted.ts', text }))).toEqual([]);
});
