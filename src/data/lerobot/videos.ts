/** Videos of a dataset, each open once however many episodes in it are: to open one is to read all of its index. */
import { statSync } from 'node:fs';
import { openVideo, type VideoReader } from '../video/reader.ts';

/** Open videos. */
export interface SharedVideos {
  /** Opens a video, or gives the one that is open. Close it once for each time. Throws as `openVideo`. */
  open(path: string): { readonly video: VideoReader; close(): void };
  /** Closes what nobody uses, and the others when their last user closes them. */
  close(): void;
}

interface Entry {
  readonly video: VideoReader;
  /** Which content it has: another one may be put in its place. */
  readonly content: string;
  users: number;
}

/** Keeps at most `most` videos open that nobody uses: a reader of one episode after the other comes back to the last. */
export function sharedVideos(most = 2): SharedVideos {
  // In the order of their last use.
  const entries = new Map<string, Entry>();
  let closed = false;

  function closeIdle(limit: number): void {
    const idle = [...entries].filter(([, { users }]) => users === 0);
    for (const [path, { video }] of idle.slice(0, Math.max(0, idle.length - limit))) {
      entries.delete(path);
      video.close();
    }
  }

  /** The open video, unless the file is another one now. */
  function current(path: string, content: string): Entry | undefined {
    const entry = entries.get(path);
    if (!entry || entry.content === content) return entry;
    entries.delete(path);
    if (entry.users === 0) entry.video.close();
    return undefined;
  }

  return {
    open(path) {
      const found = statSync(path, { throwIfNoEntry: false });
      const content = `${found?.ino} ${found?.size} ${found?.mtimeMs}`;
      const entry = current(path, content) ?? { video: openVideo(path), content, users: 0 };
      entry.users++;
      entries.delete(path);
      entries.set(path, entry);
      let open = true;
      return {
        video: entry.video,
        close() {
          if (!open) return;
          open = false;
          entry.users--;
          if (entry.users === 0 && entries.get(path) !== entry) entry.video.close();
          closeIdle(closed ? 0 : most);
        },
      };
    },
    close() {
      closed = true;
      closeIdle(0);
    },
  };
}
