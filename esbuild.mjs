// Bundles: extension.cjs (the extension host loads CommonJS), {cli,server,debugger,worker}.js (ES modules that share
// their common chunks), webview/ (the browser's side) and test/ (what runs inside VS Code's test host), all in dist/.
//   node esbuild.mjs                    with source maps and the test bundle
//   node esbuild.mjs --production       minified, for a package
//   node esbuild.mjs --outdir=FOLDER    into another folder
// Files are replaced one by one and stale ones removed at the end, so that a program that runs from dist/ meanwhile
// never finds it empty.
import { chmod, readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const {
  values: { production, outdir },
} = parseArgs({
  options: { production: { type: 'boolean', default: false }, outdir: { type: 'string', default: 'dist' } },
});

const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  define: { 'process.env.NODE_ENV': '"production"' },
};

/**
 * Mermaid loads each kind of diagram when it is first drawn. We draw state diagrams, laid out by dagre; the other kinds,
 * and the formulas, are left out and would say so.
 */
const stateDiagramsOnly = {
  name: 'state-diagrams-only',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ kind, importer, path }) => {
      if (kind !== 'dynamic-import' || !/[\\/]node_modules[\\/]mermaid[\\/]/.test(importer)) return undefined;
      return /\/(stateDiagram-v2|dagre|sizeCapture)-/.test(path)
        ? undefined
        : { path: 'mermaid', namespace: 'left-out' };
    });
    build.onLoad({ filter: /./, namespace: 'left-out' }, () => ({
      contents: "throw new Error('This part of Mermaid is not in the bundle: see esbuild.mjs.');",
    }));
  },
};

const node = {
  ...common,
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  conditions: ['node'],
  external: ['vscode', 'node:sqlite'],
};

const results = await Promise.all([
  build({
    ...node,
    entryPoints: { extension: 'client/extension.ts' },
    outdir,
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
  }),
  build({
    ...node,
    entryPoints: {
      cli: 'cli/bin.ts',
      server: 'cli/language-server.ts',
      debugger: 'debugger/bin.ts',
      worker: 'runner/actions/module-worker.ts',
    },
    outdir,
    format: 'esm',
    splitting: true,
    chunkNames: 'chunk-[hash]',
    // CommonJS libraries inside an ES module still call `require` for Node's own modules.
    banner: {
      js: "import { createRequire as backstepCreateRequire } from 'node:module'; const require = backstepCreateRequire(import.meta.url);",
    },
  }),
  // The parser of modules stands apart, so that it is loaded only where a workflow names one: see server/module-parser.ts.
  build({
    ...node,
    entryPoints: { 'module-parser': '@babel/parser' },
    outdir,
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
  }),
  build({
    ...common,
    entryPoints: { view: 'webview/view.ts' },
    outdir: join(outdir, 'webview'),
    platform: 'browser',
    target: 'es2023',
    format: 'esm',
    splitting: true,
    chunkNames: 'chunk-[hash]',
    plugins: [stateDiagramsOnly],
    loader: { '.ttf': 'dataurl', '.svg': 'dataurl' },
  }),
  production
    ? { metafile: { outputs: {} } }
    : build({
        ...node,
        entryPoints: { suite: 'test/e2e/suite/index.ts' },
        outdir: join(outdir, 'test'),
        format: 'cjs',
        outExtension: { '.js': '.cjs' },
        external: [...node.external, 'mocha'],
      }),
]).catch(() => process.exit(1)); // esbuild has said why

const made = new Set(results.flatMap(({ metafile }) => Object.keys(metafile.outputs)));
for (const entry of await readdir(outdir, { recursive: true, withFileTypes: true })) {
  const file = relative('.', join(entry.parentPath, entry.name));
  if (entry.isFile() && !made.has(file)) await rm(file);
}
await chmod(join(outdir, 'cli.js'), 0o755);
