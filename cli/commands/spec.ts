/** `backstep spec FILE`: a specification of a workflow in Markdown, for those who do not read workflow files. */
import { basename } from 'node:path';
import { specificationOf } from '../specification/specification.ts';
import { planIn } from './diagram.ts';

/** Prints the specification of the workflow in `file`. Raises a CommandError when it cannot be read or has errors. */
export function spec(file: string): Promise<number> {
  process.stdout.write(specificationOf(planIn(file, 'described'), basename(file)));
  return Promise.resolve(0);
}
