/** Things of irregular shape: 10 to train with, 43 unseen. */
import type { KindEntry } from './draft.ts';
import { dinosaur, elephant, pig, rabbit, rubberDuck, teddyBear } from './irregular/animals.ts';
import { banana, croissant, grapes, lemon, pineapple, strawberry } from './irregular/fruit.ts';
import { bone, gamepad, gingerbreadMan, heart, key, moon, puzzlePiece, star } from './irregular/outlines.ts';
import { teapot, wateringCan } from './irregular/pourers.ts';
import { fish, octopus, shell, snail, turtle } from './irregular/sea-animals.ts';
import { christmasTree, computerMouse, crown, padlock, shoe, tapeMeasure, whistle } from './irregular/things.ts';
import { aubergine, broccoli, carrot, cornCob, pepper } from './irregular/vegetables.ts';
import { rocket, toyBoat, toyCar, toyPlane, toyTrain } from './irregular/vehicles.ts';
import { COLORS } from './look.ts';

/** The kinds and their objects. */
export const IRREGULAR: readonly KindEntry[] = [
  { noun: 'banana', make: banana, tones: { green: [0.48, 0.68, 0.18] }, training: ['yellow'], unseen: ['green'] },
  { noun: 'rubber duck', make: rubberDuck, training: ['yellow'], unseen: ['pink'] },
  { noun: 'teapot', make: teapot, training: ['blue'], unseen: ['white', 'dotted red'] },
  { noun: 'toy car', make: toyCar, training: ['red'], unseen: ['blue'] },
  { noun: 'elephant', make: elephant, natural: [0.6, 0.62, 0.67], training: [''] },
  { noun: 'carrot', make: carrot, natural: COLORS.orange, training: [''] },
  { noun: 'star', make: star, training: ['yellow'] },
  { noun: 'heart', make: heart, training: ['red'] },
  { noun: 'shoe', make: shoe, training: ['blue'] },
  { noun: 'tape measure', make: tapeMeasure, training: ['yellow'] },
  { noun: 'croissant', make: croissant, natural: [0.85, 0.56, 0.24], unseen: [''] },
  { noun: 'shell', make: shell, natural: [0.95, 0.66, 0.6], unseen: [''] },
  { noun: 'dinosaur', make: dinosaur, unseen: ['green', 'purple'] },
  { noun: 'pepper', make: pepper, unseen: ['red', 'yellow'] },
  { noun: 'lemon', make: lemon, natural: [0.98, 0.86, 0.2], unseen: [''] },
  { noun: 'strawberry', make: strawberry, natural: [0.86, 0.1, 0.13], unseen: [''] },
  { noun: 'whistle', make: whistle, natural: COLORS.blue, unseen: [''] },
  { noun: 'key', make: key, natural: COLORS.gold, unseen: [''] },
  { noun: 'gamepad', make: gamepad, unseen: ['black', 'white'] },
  { noun: 'fish', make: fish, unseen: ['orange', 'blue'] },
  { noun: 'turtle', make: turtle, natural: [0.25, 0.5, 0.22], unseen: [''] },
  { noun: 'rabbit', make: rabbit, natural: [0.72, 0.58, 0.44], unseen: [''] },
  { noun: 'pig', make: pig, natural: [0.97, 0.68, 0.72], unseen: [''] },
  { noun: 'teddy bear', make: teddyBear, natural: [0.55, 0.35, 0.18], unseen: [''] },
  { noun: 'snail', make: snail, natural: [0.62, 0.34, 0.18], unseen: [''] },
  { noun: 'octopus', make: octopus, natural: COLORS.purple, unseen: [''] },
  { noun: 'aubergine', make: aubergine, natural: [0.27, 0.1, 0.32], unseen: [''] },
  { noun: 'bunch of grapes', make: grapes, natural: [0.42, 0.16, 0.48], unseen: [''] },
  { noun: 'pineapple', make: pineapple, natural: [0.9, 0.64, 0.16], unseen: [''] },
  { noun: 'broccoli', make: broccoli, natural: [0.2, 0.5, 0.18], unseen: [''] },
  { noun: 'corn cob', make: cornCob, natural: [0.98, 0.82, 0.2], unseen: [''] },
  { noun: 'christmas tree', make: christmasTree, natural: [0.1, 0.42, 0.18], unseen: [''] },
  { noun: 'toy plane', make: toyPlane, unseen: ['red'] },
  { noun: 'toy boat', make: toyBoat, unseen: ['blue'] },
  { noun: 'toy train', make: toyTrain, unseen: ['green'] },
  { noun: 'rocket', make: rocket, natural: COLORS.white, unseen: [''] },
  { noun: 'crown', make: crown, natural: COLORS.gold, unseen: [''] },
  { noun: 'gingerbread man', make: gingerbreadMan, natural: [0.66, 0.4, 0.18], unseen: [''] },
  { noun: 'jigsaw piece', make: puzzlePiece, natural: COLORS.turquoise, unseen: [''] },
  { noun: 'bone', make: bone, natural: [0.95, 0.92, 0.84], unseen: [''] },
  { noun: 'moon', make: moon, natural: [0.98, 0.86, 0.35], unseen: [''] },
  { noun: 'padlock', make: padlock, natural: COLORS.gold, unseen: [''] },
  { noun: 'computer mouse', make: computerMouse, natural: [0.72, 0.73, 0.75], unseen: [''] },
  { noun: 'watering can', make: wateringCan, natural: COLORS.green, unseen: [''] },
];
