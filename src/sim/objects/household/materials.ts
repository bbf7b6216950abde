/** What fixtures are made of. Functions, so that a texture is painted only when something is made of it. */
import type { Material, Rgb } from '../../material.ts';
import { COLORS, lookOf, textured } from '../look.ts';

/** One colour all over. */
export const plain = (...color: Rgb): Material => ({ color });

/** The colour or pattern that adjectives name. */
export const looking = (...adjectives: readonly string[]): Material => lookOf(adjectives, { natural: COLORS.white }).main;

const wood = (light: Rgb, dark: Rgb, seed: number): Material => textured('wood', [light, dark], { seed });

/** Pale wood. */
export const beech = (): Material => wood([0.86, 0.71, 0.5], [0.73, 0.56, 0.36], 1);
/** Warm wood, neither pale nor dark. */
export const oak = (): Material => wood([0.69, 0.48, 0.28], [0.53, 0.34, 0.18], 2);
/** Dark wood. */
export const walnut = (): Material => wood([0.42, 0.27, 0.17], [0.28, 0.17, 0.1], 3);

/** Woven willow, brown. */
export const wicker = (): Material => weave([0.42, 0.26, 0.12], [0.87, 0.69, 0.43]);
/** Woven straw, pale. */
export const straw = (): Material => weave([0.6, 0.45, 0.22], [0.95, 0.83, 0.58]);

const weave = (dark: Rgb, light: Rgb): Material => textured('cloth', [dark, light], { repeats: 8 });
