/** Paths inside a dataset: made from its templates, and never leading out of its folder. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';

/** Names that may stand in braces in a template. */
export type PathFields = readonly ('episode_chunk' | 'episode_index' | 'chunk_index' | 'file_index' | 'video_key')[];

/** At most 99 digits: a template must not be able to ask for more memory than there is. */
const FIELD = /\{(\w*)(?::(0?)(\d{1,2})d)?\}/g;

/** The fields of a template such as `data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet`. Throws when one is not allowed. */
export function pathFields(template: string, allowed: readonly string[]): string[] {
  const fields = [...template.matchAll(FIELD)].map(([, name]) => name as string);
  const other = fields.find((name) => !allowed.includes(name));
  if (other !== undefined) throw new Error(`"${template}" has a field {${other}}, but only ${allowed.join(', ')} are known`);
  if (/[{}]/.test(template.replace(FIELD, ''))) throw new Error(`"${template}" has braces that are no field such as {${allowed[0]}:03d}`);
  return fields;
}

/** Puts values into a template as Python's `str.format` does: `{:03d}` pads with zeros, `{:3d}` with blanks. */
export function formatPath(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(FIELD, (whole, name: string, zero?: string, width?: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`"${template}": there is no value for ${whole}`);
    return width === undefined ? String(value) : String(value).padStart(Number(width), zero || ' ');
  });
}

/**
 * The absolute path of a file in a dataset. Throws when `relative` is absolute, goes up (`..`), or leads out of the dataset by a
 * symbolic link: a dataset somebody else made must not be able to name other files of this computer. In the cache of Hugging Face's
 * hub all files are links, from `datasets--…/snapshots/<commit>` to `datasets--…/blobs`; these are fine. A file that is missing is
 * no error here.
 */
export async function pathInside(root: string, relative: string): Promise<string> {
  const refused = (how: string, hint = ''): Error =>
    new Error(`the dataset ${root} names the file "${relative}", which ${how}; it is not opened${hint}`);
  if (relative.includes('\0')) throw refused('is no path');
  if (path.posix.isAbsolute(relative) || path.win32.isAbsolute(relative) || /^[A-Za-z]:/.test(relative)) throw refused('is absolute');
  if (relative.split(/[/\\]/).includes('..')) throw refused('leads out of its folder');
  const file = path.join(root, relative);
  const [realRoot, realFile] = await Promise.all([realpath(root), realpath(file).catch(() => undefined)]);
  if (realFile === undefined || realFile === realRoot || realFile.startsWith(realRoot + path.sep)) return file;
  const blobs = blobsOf(realRoot);
  if (blobs !== undefined && realFile.startsWith(blobs + path.sep)) return file;
  const hint = 'If it was downloaded like that, download it with local_dir, which makes files instead of links';
  throw refused(`is a symbolic link that leads out of its folder, to ${realFile}`, `. ${hint}`);
}

/** Where the files of a snapshot in the cache of Hugging Face's hub lie; undefined for other folders. */
function blobsOf(realRoot: string): string | undefined {
  const parts = realRoot.split(path.sep);
  const dataset = parts.findLastIndex((part, i) => part.startsWith('datasets--') && parts[i + 1] === 'snapshots' && parts[i + 2]);
  return dataset < 0 ? undefined : [...parts.slice(0, dataset + 1), 'blobs'].join(path.sep);
}
