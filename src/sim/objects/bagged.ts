/** Things in bags, soft to look at: 2 to train with, 5 unseen. */
import { bagOfCrisps, bagOfFlour, bagOfRice, giftBag, paperBag, pouch, sackOfPotatoes } from './bagged/bags.ts';
import type { KindEntry } from './draft.ts';
import { CARDBOARD, COLORS, shade } from './look.ts';

/** The kinds and their objects. */
export const BAGGED: readonly KindEntry[] = [
  { noun: 'bag of rice', make: bagOfRice, natural: COLORS.white, training: [''] },
  { noun: 'paper bag', make: paperBag, natural: CARDBOARD, training: [''] },
  { noun: 'bag of flour', make: bagOfFlour, natural: COLORS.white, unseen: [''] },
  { noun: 'bag of crisps', make: bagOfCrisps, natural: COLORS.red, unseen: [''] },
  { noun: 'gift bag', make: giftBag, natural: COLORS.pink, unseen: [''] },
  { noun: 'sack of potatoes', make: sackOfPotatoes, natural: [0.76, 0.6, 0.38], unseen: [''] },
  { noun: 'pouch', make: pouch, natural: shade(COLORS.green, 0.75), unseen: [''] },
];
