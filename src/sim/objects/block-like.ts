/** Things with flat sides: 6 to train with, 54 unseen. */
import { calculator, camera, goldBar, radio, remoteControl, safe, television, toaster } from './block-like/devices.ts';
import { butter, cheeseWedge, chocolateBar, loaf, sliceOfBread, soap, sponge } from './block-like/food.ts';
import { alphabetBlock, cube, deckOfCards, die, domino, puzzleCube, toyBrick } from './block-like/games.ts';
import {
  cerealBox,
  juiceCarton,
  matchbox,
  milkCarton,
  parcel,
  popcornBox,
  present,
  suitcase,
  tissueBox,
  toolbox,
  treasureChest,
} from './block-like/packages.ts';
import { book, brick, eraser, toyBus, toyHouse, trafficLight, wedge } from './block-like/toys.ts';
import type { KindEntry } from './draft.ts';
import { CARDBOARD, COLORS, shade } from './look.ts';

/** The kinds and their objects. */
export const BLOCK_LIKE: readonly KindEntry[] = [
  { noun: 'box', make: parcel, tones: { brown: CARDBOARD }, training: ['brown'], unseen: ['white', 'dotted green'] },
  { noun: 'book', make: book, training: ['red'], unseen: ['blue', 'green'] },
  { noun: 'brick', make: brick, training: ['red'], unseen: ['grey'] },
  { noun: 'die', make: die, training: ['white'], unseen: ['red', 'black'] },
  { noun: 'sponge', make: sponge, training: ['yellow'], unseen: ['pink', 'green'] },
  { noun: 'cube', make: cube, training: ['blue'], unseen: ['wooden', 'checked yellow', 'red'] },
  { noun: 'bar of soap', make: soap, natural: COLORS.pink, unseen: [''] },
  { noun: 'block of butter', make: butter, natural: [0.98, 0.88, 0.5], unseen: [''] },
  { noun: 'juice carton', make: juiceCarton, unseen: ['orange', 'green'] },
  { noun: 'domino', make: domino, unseen: ['black'] },
  { noun: 'eraser', make: eraser, unseen: ['blue', 'pink'] },
  { noun: 'matchbox', make: matchbox, natural: COLORS.red, unseen: [''] },
  { noun: 'piece of cheese', make: cheeseWedge, natural: COLORS.yellow, unseen: [''] },
  { noun: 'wedge', make: wedge, unseen: ['wooden', 'green'] },
  { noun: 'milk carton', make: milkCarton, unseen: ['blue', 'red'] },
  { noun: 'present', make: present, unseen: ['red', 'dotted blue'] },
  { noun: 'deck of cards', make: deckOfCards, unseen: ['red', 'blue'] },
  { noun: 'puzzle cube', make: puzzleCube, natural: COLORS.black, unseen: [''] },
  { noun: 'toy brick', make: toyBrick, unseen: ['yellow', 'red'] },
  { noun: 'toy house', make: toyHouse, natural: COLORS.red, unseen: [''] },
  { noun: 'suitcase', make: suitcase, unseen: ['brown', 'turquoise'] },
  { noun: 'radio', make: radio, natural: COLORS.red, unseen: [''] },
  { noun: 'remote control', make: remoteControl, natural: COLORS.black, unseen: [''] },
  { noun: 'camera', make: camera, natural: COLORS.black, unseen: [''] },
  { noun: 'bar of chocolate', make: chocolateBar, natural: shade(COLORS.brown, 0.8), unseen: [''] },
  { noun: 'loaf of bread', make: loaf, natural: [0.78, 0.5, 0.22], unseen: [''] },
  { noun: 'slice of bread', make: sliceOfBread, natural: [0.96, 0.88, 0.7], unseen: [''] },
  { noun: 'treasure chest', make: treasureChest, natural: COLORS.brown, unseen: [''] },
  { noun: 'box of tissues', make: tissueBox, natural: COLORS.turquoise, unseen: [''] },
  { noun: 'toaster', make: toaster, natural: COLORS.silver, unseen: [''] },
  { noun: 'gold bar', make: goldBar, natural: COLORS.gold, unseen: [''] },
  { noun: 'calculator', make: calculator, natural: shade(COLORS.grey, 0.6), unseen: [''] },
  { noun: 'traffic light', make: trafficLight, natural: COLORS.black, unseen: [''] },
  { noun: 'television', make: television, natural: COLORS.brown, unseen: [''] },
  { noun: 'box of popcorn', make: popcornBox, natural: COLORS.red, unseen: [''] },
  { noun: 'safe', make: safe, natural: shade(COLORS.grey, 0.7), unseen: [''] },
  { noun: 'alphabet block', make: alphabetBlock, natural: COLORS.yellow, unseen: [''] },
  { noun: 'cereal box', make: cerealBox, natural: COLORS.yellow, unseen: [''] },
  { noun: 'toolbox', make: toolbox, natural: COLORS.red, unseen: [''] },
  { noun: 'toy bus', make: toyBus, natural: COLORS.yellow, unseen: [''] },
];
