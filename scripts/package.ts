// `npm run package`: makes backstep-VERSION.vsix from a folder of its own, so that dist/ stays as it is. What belongs to
// the package is what `files` of package.json names; dist/ is built anew, minified and without source maps.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { out: { type: 'string' } } });
const root = join(import.meta.dirname, '..');
const stage = join(root, '.cache', 'package');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown> & {
  version: string;
  files: string[];
};
// VS Code reads none of these; `files` would even keep the licence out.
const {
  scripts: _scripts,
  dependencies: _bundled,
  devDependencies: _tools,
  allowScripts: _allowed,
  overrides: _pins,
  files,
  ...shipped
} = manifest;
const vsix = values.out ?? join(root, `backstep-${manifest.version}.vsix`);

rmSync(stage, { recursive: true, force: true });
mkdirSync(stage, { recursive: true });
run('node', ['esbuild.mjs', '--production', `--outdir=${join(stage, 'dist')}`], root);
for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE', ...files.filter((name) => name !== 'dist')]) {
  if (existsSync(join(root, file))) cpSync(join(root, file), join(stage, file), { recursive: true });
}
writeFileSync(join(stage, 'package.json'), JSON.stringify(shipped, null, 2));
const vsce = join(root, 'node_modules', '.bin', 'vsce');
run(
  vsce,
  ['package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', vsix],
  stage,
);
rmSync(stage, { recursive: true });
console.log(`${vsix}: ${(statSync(vsix).size / 1024).toFixed(0)} KiB`);

function run(command: string, args: string[], cwd: string): void {
  const { status } = spawnSync(command === 'node' ? process.execPath : command, args, { cwd, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`${command} ${args.join(' ')} ended with ${String(status)}`);
    process.exit(1);
  }
}
