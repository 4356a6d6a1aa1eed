/** `backstep schema`: the JSON Schema of workflow files. */
import { jsonSchema } from '../../language/index.ts';

/** Prints the schema. */
export function schema(): number {
  process.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
  return 0;
}
