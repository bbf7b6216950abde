/** A running trial to look at while an evaluation goes on: threads show one of theirs in memory that all of them share. */
import { createPicture } from '../sim/render/picture.ts';
import { createViews } from '../sim/views.ts';
import type { World } from '../sim/world.ts';
import { type Trial, trialName } from './trial.ts';

/** Memory for a picture and what is said below it. Threads may be given it. */
export interface LiveMemory {
  /** Pixels of a side */
  readonly size: number;
  /** Who shows something (0: nobody), how many have, bytes of the caption, how often something was shown */
  readonly heads: Int32Array;
  readonly caption: Uint8Array;
  /** u8[size, size, 3], RGB */
  readonly rgb: Uint8Array;
}

/** What is shown now. */
export interface LivePicture {
  readonly caption: string;
  /** u8[size, size, 3], RGB */
  readonly rgb: Uint8Array;
}

const [OWNER, TICKETS, LENGTH, SHOWN] = [0, 1, 2, 3] as const;
const CAPTION_BYTES = 400;
/** Control steps from one picture to the next: a tenth of a second */
const EVERY = 3;

/** Memory in which nothing is shown yet. */
export function liveMemory(size: number): LiveMemory {
  const shared = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes);
  return {
    size,
    heads: new Int32Array(shared(16)),
    caption: new Uint8Array(shared(CAPTION_BYTES)),
    rgb: new Uint8Array(shared(3 * size * size)),
  };
}

/** What is shown now; undefined before there was anything. A picture may be half of one moment and half of the next. */
export function readLive({ heads, caption, rgb }: LiveMemory): LivePicture | undefined {
  if (Atomics.load(heads, SHOWN) === 0) return undefined;
  const bytes = caption.slice(0, Atomics.load(heads, LENGTH));
  return { caption: new TextDecoder().decode(bytes), rgb: rgb.slice() };
}

/** A trial that may be shown. */
export interface Showing {
  /** Shows the moment, if this trial has the picture, or nobody has and it only begins. */
  look(): void;
  /** Lets others show theirs. */
  end(): void;
}

/** Shows a trial's head view, as soon as no other one is shown. */
export function showing({ size, heads, caption, rgb }: LiveMemory, trial: Trial, instruction: string, world: World): Showing {
  const ticket = Atomics.add(heads, TICKETS, 1) + 1;
  const free = (): boolean => world.steps === 0 && Atomics.compareExchange(heads, OWNER, 0, ticket) === 0;
  let show: (() => void) | undefined;
  function begin(): () => void {
    const views = createViews(world);
    const picture = createPicture(size, size);
    const [view] = views.names;
    const text = new TextEncoder().encode(`${trialName(trial)}\n${instruction}`).subarray(0, CAPTION_BYTES);
    caption.set(text);
    Atomics.store(heads, LENGTH, text.length);
    return () => {
      if (view === undefined) return;
      views.update();
      views.take(view, picture);
      rgb.set(picture.rgb);
      Atomics.add(heads, SHOWN, 1);
    };
  }
  return {
    look() {
      if (!show && free()) show = begin();
      if (show && world.steps % EVERY === 0) show();
    },
    end() {
      if (show) Atomics.compareExchange(heads, OWNER, ticket, 0);
    },
  };
}
