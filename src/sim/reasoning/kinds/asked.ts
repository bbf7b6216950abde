/** What all kinds have in common: a question about pictures of moments, and its answer. */
import type { RandomStream } from '../../../tensor/random.ts';
import type { Moment } from '../moment.ts';
import type { Answer, Pixels, Split } from '../sample.ts';
import type { Sight } from '../sight.ts';

/** A question and its answer, about these pictures. */
export interface Asked {
  readonly pictures: readonly Pixels[];
  readonly question: string;
  readonly answer: Answer;
}

/** Asks about what one camera sees at one moment; undefined when there is nothing to ask. */
export type Asks = (moment: Moment, sight: Sight, split: Split, random: RandomStream) => Asked | undefined;

/** A picture of a sight. */
export const pixelsOf = ({ picture: { width, height, rgb } }: Sight): Pixels => ({ width, height, data: rgb });
