/** Tasks for two arms, after RoboTwin 2.0 (Chen et al. 2025). */
import { stackThreeBlocks, stackTwoBlocks, stackTwoBowls } from './bimanual/stacking.ts';
import { liftTray, placeDualShoes } from './bimanual/storing.ts';
import { grabRoller, handoverBaguette, handoverBlock, liftPot, pickDualBottles } from './bimanual/together.ts';
import type { Task } from './task.ts';

/** All tasks of the suite. */
export const BIMANUAL_TASKS: readonly Task[] = [
  handoverBlock,
  handoverBaguette,
  liftPot,
  grabRoller,
  pickDualBottles,
  stackTwoBlocks,
  stackThreeBlocks,
  stackTwoBowls,
  placeDualShoes,
  liftTray,
];
