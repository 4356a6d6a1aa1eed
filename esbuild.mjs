// Bundles: dist/extension.cjs (the extension host loads CommonJS), dist/{cli,server,debugger,worker}.js (ES modules
// that share their common chunks), dist/webview/ (the browser's side), dist/test/ (what runs inside VS Code's test host).
//   node esbuild.mjs [--production]   minified and without the test bundle for --production
import { chmod, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { build } from 'esbuild';

const production = process.argv.includes('--production');

/** Entry points that exist; one that is missing is named, and its bundle is left out. */
const existing = (entries) =>
  Object.fromEntries(
    Object.entries(entries).filter(([name, file]) => {
      if (existsSync(file)) return true;
      console.warn(`esbuild: no ${file} yet, so no ${name}`);
      return false;
    }),
  );

const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': '"production"' },
};

const node = {
  ...common,
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  conditions: ['node'],
  external: ['vscode', 'node:sqlite'],
};

await rm('dist', { recursive: true, force: true });
await Promise.all([
  build({
    ...node,
    entryPoints: existing({ extension: 'client/extension.ts' }),
    outdir: 'dist',
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
  }),
  build({
    ...node,
    entryPoints: existing({
      ...(existsSync('cli/main.ts') ? { cli: 'cli/bin.ts' } : {}),
      server: 'server/main.ts',
      debugger: 'debugger/main.ts',
      worker: 'runner/actions/module-worker.ts',
    }),
    outdir: 'dist',
    format: 'esm',
    splitting: true,
    chunkNames: 'chunk-[hash]',
    // CommonJS libraries inside an ES module still call `require` for Node's own modules.
    banner: {
      js: "import { createRequire as backstepCreateRequire } from 'node:module'; const require = backstepCreateRequire(import.meta.url);",
    },
  }),
  build({
    ...common,
    entryPoints: existing({ view: 'webview/view.ts' }),
    outdir: 'dist/webview',
    platform: 'browser',
    target: 'es2023',
    format: 'esm',
    splitting: true,
    chunkNames: 'chunk-[hash]',
    loader: { '.ttf': 'dataurl', '.svg': 'dataurl' },
  }),
  production
    ? undefined
    : build({
        ...node,
        entryPoints: existing({ suite: 'test/e2e/suite/index.ts' }),
        outdir: 'dist/test',
        format: 'cjs',
        outExtension: { '.js': '.cjs' },
        external: [...node.external, 'mocha'],
      }),
]);
if (existsSync('dist/cli.js')) await chmod('dist/cli.js', 0o755);
