/** Parquet files of a dataset, kept open while they are in use and a little longer. */
import { openParquet, type ParquetFile } from '../parquet.ts';
import { pathInside } from './paths.ts';

/** A few open files. */
export interface OpenFiles {
  /** Calls `use` with a file of the dataset, which it opens if need be. */
  with<T>(relative: string, use: (file: ParquetFile) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface Entry {
  readonly file: Promise<ParquetFile>;
  users: number;
}

/** Keeps at most `most` files of the dataset in `root` open that nobody uses. */
export function openFiles(root: string, most = 8): OpenFiles {
  // In the order of their last use.
  const entries = new Map<string, Entry>();
  let closed = false;

  async function closeIdle(limit: number): Promise<void> {
    for (const [name, entry] of [...entries]) {
      if (entries.size <= limit) return;
      // While another file was being closed, this one may have been taken, or closed and opened again under its name.
      if (entry.users > 0 || entries.get(name) !== entry) continue;
      entries.delete(name);
      await (await entry.file.catch(() => undefined))?.close();
    }
  }

  function newEntry(relative: string): Entry {
    const entry = { file: pathInside(root, relative).then(openParquet), users: 0 };
    // What cannot be opened now may be there later.
    entry.file.catch(() => entries.get(relative) === entry && entries.delete(relative));
    return entry;
  }

  return {
    async with(relative, use) {
      if (closed) throw new Error(`the dataset ${root} is closed`);
      const entry = entries.get(relative) ?? newEntry(relative);
      entry.users++;
      entries.delete(relative);
      entries.set(relative, entry);
      try {
        return await use(await entry.file);
      } finally {
        entry.users--;
        await closeIdle(closed ? 0 : most);
      }
    },
    async close() {
      closed = true;
      await closeIdle(0);
    },
  };
}
