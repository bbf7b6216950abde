/** What adjectives look like: colours, patterns and stuffs. */
import { unknownName } from '../../robot/names.ts';
import type { Material, Rgb } from '../material.ts';
import { makeTexture, type Pattern, type TextureOptions } from '../textures.ts';

/** Colours by the words that people use, sRGB. */
export const COLORS = {
  red: [0.79, 0.1, 0.09],
  orange: [0.95, 0.47, 0.06],
  yellow: [0.97, 0.8, 0.1],
  green: [0.13, 0.52, 0.2],
  turquoise: [0.1, 0.67, 0.66],
  blue: [0.11, 0.27, 0.76],
  purple: [0.46, 0.17, 0.62],
  pink: [0.96, 0.52, 0.67],
  brown: [0.43, 0.25, 0.13],
  beige: [0.86, 0.76, 0.58],
  white: [0.94, 0.94, 0.92],
  grey: [0.5, 0.51, 0.53],
  black: [0.1, 0.1, 0.12],
  silver: [0.75, 0.77, 0.8],
  gold: [0.85, 0.65, 0.2],
} as const satisfies Readonly<Record<string, Rgb>>;

/** Brushed metal. */
export const STEEL = stuff('brushed', [0.62, 0.64, 0.67], [0.82, 0.84, 0.87]);
/** Light wood. */
export const PINE = stuff('wood', [0.8, 0.58, 0.35], [0.55, 0.34, 0.17]);
/** Dark wood. */
export const WALNUT = stuff('wood', [0.45, 0.25, 0.14], [0.3, 0.16, 0.08]);
/** Brown pasteboard. */
export const CARDBOARD: Rgb = [0.72, 0.55, 0.37];

/** What adjectives say about a surface. */
export interface Look {
  /** The colour that is named, or that of the stuff */
  readonly color: Rgb;
  /** A colour that stands out from it, for trimmings */
  readonly accent: Rgb;
  /** The main surface: of one colour, patterned, or of some stuff */
  readonly main: Material;
  /** Is it more than one colour? Then labels are left off. */
  readonly patterned: boolean;
}

/** Patterns by adjective: on the colour named, in one that stands out. */
const PATTERNED: Readonly<Record<string, Pattern>> = {
  striped: 'stripes',
  dotted: 'dots',
  checked: 'checks',
  speckled: 'speckles',
  zigzag: 'zigzag',
  tartan: 'plaid',
};

/** Stuffs by adjective, with the colour they have from afar. */
const STUFFS: Readonly<Record<string, { readonly color: Rgb; readonly main: Material }>> = {
  wooden: { color: [0.8, 0.58, 0.35], main: PINE },
  marble: { color: [0.94, 0.93, 0.91], main: stuff('marble', [0.94, 0.93, 0.91], [0.38, 0.4, 0.45]) },
  steel: { color: [0.7, 0.72, 0.75], main: STEEL },
  cork: { color: [0.79, 0.6, 0.4], main: stuff('cork', [0.79, 0.6, 0.4], [0.42, 0.27, 0.16]) },
};

/** Lighter (above 1) or darker (below 1). */
export const shade = ([r, g, b]: Rgb, factor: number): Rgb => [Math.min(1, r * factor), Math.min(1, g * factor), Math.min(1, b * factor)];

/** How bright a colour is to the eye, 0 … 1. */
const brightness = ([r, g, b]: Rgb): number => 0.3 * r + 0.59 * g + 0.11 * b;

/** White on what is dark, dark on what is bright. */
const accentOf = (color: Rgb): Rgb => (brightness(color) < 0.6 ? COLORS.white : shade(COLORS.blue, 0.75));

/** What a kind of thing looks like of itself. */
export interface NaturalLook {
  /** The colour it has when no adjective says another one; grey by default */
  readonly natural?: Rgb;
  /** What colours are for this kind, where they are not what they are elsewhere: a green apple, a brown egg */
  readonly tones?: Readonly<Record<string, Rgb>>;
}

/**
 * The look that adjectives name: at most one pattern or stuff, and at most one colour, which stuffs have of their own. Without any it
 * is the natural look of the thing. Throws for words that are neither.
 */
export function lookOf(adjectives: readonly string[], { natural = COLORS.grey, tones = {} }: NaturalLook): Look {
  let color = natural;
  let pattern: Pattern | undefined;
  for (const word of adjectives) {
    const stuff = STUFFS[word];
    if (stuff) return { ...stuff, accent: accentOf(stuff.color), patterned: true };
    if (word in COLORS) color = tones[word] ?? COLORS[word as keyof typeof COLORS];
    else if (word in PATTERNED) pattern = PATTERNED[word];
    else throw unknownName('look', word, [...Object.keys(COLORS), ...Object.keys(PATTERNED), ...Object.keys(STUFFS)]);
  }
  const accent = accentOf(color);
  return { color, accent, main: pattern ? textured(pattern, [color, accent]) : { color }, patterned: pattern !== undefined };
}

/** A surface whose colours all come from a texture. */
export function textured(pattern: Pattern, colors: readonly Rgb[], options: TextureOptions = {}): Material {
  return { color: [1, 1, 1], texture: makeTexture(pattern, colors, options) };
}

/** What something is made of, in two colours. */
function stuff(pattern: Pattern, ...colors: readonly [Rgb, Rgb]): Material {
  return textured(pattern, colors);
}
