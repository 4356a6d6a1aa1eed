/** Parses the user’s modules. The parser is large: it is loaded with the first workflow that names a module. */
import { createRequire } from 'node:module';
import type * as Babel from '@babel/parser';
import type { ParseModule } from '../language/index.ts';

let parser: typeof Babel | null = null;

// From source the parser is the package; bundled it lies beside the bundle.
function load(): typeof Babel {
  const name = import.meta.url.endsWith('.ts') ? '@babel/parser' : './module-parser.cjs';
  return createRequire(import.meta.url)(name) as typeof Babel;
}

/** The tree of a module, as far as it can be read; faults that can be passed over are. */
export const parseModule: ParseModule = (text, path) => {
  parser ??= load();
  const isScript = /\.[cm]?jsx?$/.test(path);
  try {
    return parser.parse(text, {
      sourceType: 'unambiguous',
      errorRecovery: true,
      allowReturnOutsideFunction: true,
      plugins: isScript ? ['jsx', 'decorators'] : [['typescript', { dts: /\.d\.[cm]?ts$/.test(path) }], 'decorators'],
    });
  } catch {
    // Half-typed code that the parser gives up on: its names are found without it.
    return null;
  }
};
