// `npm run bench`: every measurement of this folder, one after the other, each in a process of its own.
//   node test/bench/run.ts [NAME…]   only those whose name begins so: runner, server, debugger, extension
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const wanted = process.argv.slice(2);
const all = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.bench.ts'));
const chosen = all.filter((name) => wanted.length === 0 || wanted.some((start) => name.startsWith(start)));

if (chosen.length === 0) {
  console.error(`There is no measurement ${wanted.join(' or ')}; there are ${all.join(', ')}.`);
  process.exitCode = 2;
}
for (const name of chosen) {
  console.log(`\n── ${name.replace('.bench.ts', '')}`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, name)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
