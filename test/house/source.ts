/** Reading the house: TypeScript sources with their imports and exports, and other text files. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ParseResult, parseSync, Visitor } from 'oxc-parser';

/** The folder that has package.json. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A text file; its path is from the root, with slashes. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** A parsed source. */
export interface Source extends TextFile {
  /** What it imports, for a value or for a type only, in any of the ways there are; undefined where only a run could tell. */
  readonly imports: readonly (string | undefined)[];
  readonly program: ParseResult['program'];
  readonly comments: ParseResult['comments'];
}

/** Parses a source. Throws when it is not TypeScript. */
export function parse({ path, text }: TextFile): Source {
  const { program, comments, module, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`);
  const imports: (string | undefined)[] = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? [])),
  ];
  new Visitor({
    ImportExpression: ({ source }) => void imports.push(source.type === 'Literal' ? String(source.value) : undefined),
    TSImportType: ({ source }) => void imports.push(String(source.value)),
  }).visit(program);
  return { path, text, imports: [...new Set(imports)], program, comments };
}

/** The files in a folder of the house, and unless told otherwise in those inside it, whose names match. */
export function files(folder: string, name: RegExp, { recursive = true } = {}): TextFile[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true, recursive })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .sort()
    .map((file) => ({ path: file, text: readFileSync(path.join(ROOT, file), 'utf8') }));
}

let parsed: readonly Source[] | undefined;

/** All sources under `src`, parsed once. */
export function sources(): readonly Source[] {
  parsed ??= files('src', /\.tsx?$/).map(parse);
  return parsed;
}

/** The file that a relative import means, from the root; undefined for packages and Node's own modules. */
export function resolveImport(from: string, specifier: string): string | undefined {
  return /^\.\.?(\/|$)/.test(specifier) ? path.posix.join(path.posix.dirname(from), specifier) : undefined;
}
