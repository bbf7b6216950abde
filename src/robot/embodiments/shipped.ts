/** The robots that come with the package. They are modules, not files, so that they are there in a browser, too. */
import { type Embodiment, type EmbodimentFile, loadEmbodiment } from '../embodiment.ts';
import { unknownName } from '../names.ts';
import { agilex } from './agilex.ts';
import { g1Inspire } from './g1-inspire.ts';
import { ldt01 } from './ldt-01.ts';
import { panda } from './panda.ts';
import { ur5e } from './ur5e.ts';

/** An embodiment's file and the text of its model, MJCF. */
export interface ShippedEmbodiment {
  readonly file: EmbodimentFile;
  readonly model: string;
}

/** All of them, by name. */
export const SHIPPED_EMBODIMENTS: ReadonlyMap<string, ShippedEmbodiment> = new Map(
  [panda, ur5e, agilex, ldt01, g1Inspire].map((shipped) => [shipped.file.name, shipped]),
);

/** A shipped embodiment by its name. Throws when there is none of that name. */
export async function shippedEmbodiment(name: string): Promise<Embodiment> {
  const shipped = SHIPPED_EMBODIMENTS.get(name);
  if (!shipped) throw unknownName('embodiment', name, [...SHIPPED_EMBODIMENTS.keys()]);
  return loadEmbodiment(shipped.file, shipped.model);
}
