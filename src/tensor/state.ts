/** Fitting the tensors of a checkpoint to the variables of an executable. */
import { describe, type TensorType } from './host.ts';
import { sameShape } from './shape.ts';

/** What may be missing or left over. */
export interface FitOptions {
  /** Variables that may keep the values they have when the checkpoint lacks them. */
  readonly mayLack?: (name: string) => boolean;
  /** Tensors of the checkpoint that may be passed over when no variable has their name. */
  readonly mayIgnore?: (name: string) => boolean;
}

/** A checkpoint that does not fit: says every tensor that is missing, superfluous or of another type. */
export class CheckpointMismatch extends Error {
  readonly missing: readonly string[];
  readonly superfluous: readonly string[];
  constructor(source: string, missing: readonly string[], superfluous: readonly string[], wrong: readonly string[]) {
    const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
    const complaints = [
      missing.length > 0 && `it lacks ${list(missing)}`,
      superfluous.length > 0 && `it has ${list(superfluous)}, which the program does not know`,
      ...wrong,
    ];
    super(`${source} does not fit: ${complaints.filter(Boolean).join('; ')}`);
    this.name = 'CheckpointMismatch';
    this.missing = missing;
    this.superfluous = superfluous;
  }
}

/**
 * The names of the variables that a checkpoint sets. Throws a CheckpointMismatch when a name or a type does not fit; nothing is
 * converted or reshaped on the way. `source` says in the message where the tensors came from.
 */
export function fitState(
  source: string,
  tensors: ReadonlyMap<string, TensorType>,
  variables: readonly (TensorType & { readonly name: string })[],
  { mayLack = () => false, mayIgnore = () => false }: FitOptions = {},
): string[] {
  const known = new Set(variables.map(({ name }) => name));
  const missing = variables.map(({ name }) => name).filter((name) => !tensors.has(name) && !mayLack(name));
  const superfluous = [...tensors.keys()].filter((name) => !known.has(name) && !mayIgnore(name));
  const found = variables.flatMap((variable) => {
    const tensor = tensors.get(variable.name);
    return tensor ? [{ variable, tensor }] : [];
  });
  const wrong = found
    .filter(({ variable, tensor }) => variable.dtype !== tensor.dtype || !sameShape(variable.shape, tensor.shape))
    .map(({ variable, tensor }) => `"${variable.name}" should be ${describe(variable)}, but is ${describe(tensor)}`);
  if (missing.length + superfluous.length + wrong.length > 0) throw new CheckpointMismatch(source, missing, superfluous, wrong);
  return found.map(({ variable }) => variable.name);
}
