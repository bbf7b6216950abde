/** What a task is: a sampler of scenes, goals, words for them, and a limit. */
import type { RandomStream } from '../../tensor/random.ts';
import type { Goal } from '../goals.ts';
import type { Room, Thing } from '../scene.ts';
import type { Hands, Skill } from '../skills/skill.ts';

/** The suites: four after LIBERO's, one after RoboTwin 2.0, one after the grasping benchmark of the paper. */
export const SUITES = ['spatial', 'object', 'goal', 'long', 'bimanual', 'grasp'] as const;
/** See SUITES. */
export type Suite = (typeof SUITES)[number];

/** One draw of a task: what stands where, and what is to be achieved. */
export interface Setup {
  readonly things: readonly Thing[];
  /** In the order in which they are to be reached; all must hold at the end */
  readonly goals: readonly Goal[];
  /** What the room looks like, where that is the task's to say; one of the training rooms otherwise */
  readonly room?: Room;
  /** For the `{slots}` of the instructions; texts without an article: `red mug` */
  readonly words?: Readonly<Record<string, string>>;
  /** What the expert does, where working through the goals is not enough */
  readonly plan?: (hands: Hands) => Skill;
}

/** Ways to say what is to be done, with `{slots}` for the words of a setup. */
export interface Instructions {
  readonly training: readonly string[];
  /** The same in other ways, never trained on */
  readonly heldOut: readonly string[];
  /** For tasks whose object can be shown by a mask over the first picture, of the colour that is the word `mask`: those that say so */
  readonly mask?: readonly string[];
  /** The same in other ways, never trained on */
  readonly maskHeldOut?: readonly string[];
}

/** A task. */
export interface Task {
  /** `suite/what-to-do`: letters, digits, dashes */
  readonly name: string;
  readonly suite: Suite;
  /** For people: what is to be done, and what differs from episode to episode */
  readonly description: string;
  /** Arms that it takes */
  readonly arms: 1 | 2;
  /** Control steps of 1/30 s after which an episode has failed */
  readonly steps: number;
  /** What is said */
  readonly instructions: Instructions;
  /** Draws a setup. Everything random comes from the stream. */
  setup(random: RandomStream): Setup;
}

/** An instruction with its slots filled. Throws when there is no word for one. */
export function fillSlots(template: string, words: Readonly<Record<string, string>> = {}): string {
  return template.replace(/\{(\w+)\}/g, (_, slot: string) => {
    const word = words[slot];
    if (word === undefined) throw new Error(`the instruction ${JSON.stringify(template)} has no word for {${slot}}`);
    return word;
  });
}
