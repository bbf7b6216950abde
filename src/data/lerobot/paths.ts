/** Paths inside a dataset: made from its templates, and never leading out of its folder. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';

/** Names that may stand in braces in a template. */
export type PathFields = readonly ('episode_chunk' | 'episode_index' | 'chunk_index' | 'file_index' | 'video_key')[];

const FIELD = /\{(\w*)(?::0?(\d+)d)?\}/g;

/** The fields of a template such as `data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet`. Throws when one is not allowed. */
export function pathFields(template: string, allowed: readonly string[]): string[] {
  const fields = [...template.matchAll(FIELD)].map(([, name]) => name as string);
  const other = fields.find((name) => !allowed.includes(name));
  if (other !== undefined) throw new Error(`"${template}" has a field {${other}}, but only ${allowed.join(', ')} are known`);
  if (/[{}]/.test(template.replace(FIELD, ''))) throw new Error(`"${template}" has braces that are no field such as {${allowed[0]}:03d}`);
  return fields;
}

/** Puts values into a template as Python's `str.format` does. */
export function formatPath(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(FIELD, (whole, name: string, width?: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`"${template}": there is no value for ${whole}`);
    return width === undefined ? String(value) : String(value).padStart(Number(width), '0');
  });
}

/**
 * The absolute path of a file in a dataset. Throws when `relative` is absolute, goes up (`..`), or leads out of the dataset by a
 * symbolic link: a dataset somebody else made must not be able to name other files of this computer. A file that is missing is no
 * error here.
 */
export async function pathInside(root: string, relative: string): Promise<string> {
  const refused = (how: string): Error => new Error(`the dataset ${root} names the file "${relative}", which ${how}; it is not opened`);
  if (relative.includes('\0')) throw refused('is no path');
  if (path.posix.isAbsolute(relative) || path.win32.isAbsolute(relative) || /^[A-Za-z]:/.test(relative)) throw refused('is absolute');
  if (relative.split(/[/\\]/).includes('..')) throw refused('leads out of its folder');
  const file = path.join(root, relative);
  const [realRoot, realFile] = await Promise.all([realpath(root), realpath(file).catch(() => undefined)]);
  if (realFile !== undefined && realFile !== realRoot && !realFile.startsWith(realRoot + path.sep)) {
    throw refused(`is a symbolic link that leads out of its folder, to ${realFile}`);
  }
  return file;
}
