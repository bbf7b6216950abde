/** Patterns over the names of parameters: what to train, adapt or quantise. */

/** A regular expression, or a name in which `*` stands for any characters. */
export type NamePattern = string | RegExp;

/** Whether a parameter's name fits a pattern: all of it where `*` stands for any characters, or a regular expression found in it. */
export function matchesName(pattern: NamePattern, name: string): boolean {
  if (pattern instanceof RegExp) return name.search(pattern) >= 0;
  const escaped = pattern.split('*').map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`).test(name);
}

/** Throws, with the names that come nearest, when a pattern fits none of `names`; `what` says in the message whose names they are. */
export function requireMatches(patterns: readonly NamePattern[], names: readonly string[], what: string): void {
  for (const pattern of patterns) {
    if (names.some((name) => matchesName(pattern, name))) continue;
    const near = nearest(pattern instanceof RegExp ? pattern.source : pattern, names).map((name) => `"${name}"`);
    throw new Error(`${pattern} matches none of ${names.length} ${what}${near.length > 0 ? `; the nearest are ${near.join(', ')}` : ''}`);
  }
}

/** Up to three of `names`, those first that share the most pairs of neighbouring letters with `text` (Dice 1945). */
function nearest(text: string, names: readonly string[]): string[] {
  const pairs = (of: string): Set<string> => new Set(Array.from({ length: Math.max(0, of.length - 1) }, (_, i) => of.slice(i, i + 2)));
  const wanted = pairs(text);
  const likeness = (name: string): number => {
    const own = pairs(name);
    return (2 * [...own].filter((pair) => wanted.has(pair)).length) / (own.size + wanted.size);
  };
  return [...new Set(names)]
    .map((name) => ({ name, score: likeness(name) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .map(({ name }) => name);
}
