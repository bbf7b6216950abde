/** Errors about names that are not there. */

/** How many of the names that are there a message lists. */
const LISTED = 5;

/** An Error that says that there is no `what` called `name`, and which names are most like it. */
export function unknownName(what: string, name: string, existing: readonly string[]): Error {
  const named = [...new Set(existing.filter((other) => other !== ''))];
  const nearest = named.toSorted((a, b) => editDistance(name, a) - editDistance(name, b)).slice(0, LISTED);
  const others = nearest.map((other) => JSON.stringify(other)).join(', ');
  const there =
    named.length === 0
      ? 'none has a name'
      : named.length <= LISTED
        ? `there are ${others}`
        : `the nearest of ${named.length} are ${others}`;
  return new Error(`there is no ${what} ${JSON.stringify(name)}: ${there}`);
}

/** How many letters have to be added, removed or changed to get from one text to the other, upper and lower case being the same. */
export function editDistance(from: string, to: string): number {
  const [a, b] = [from.toLowerCase(), to.toLowerCase()];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
