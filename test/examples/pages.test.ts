/** Each example's page and the tutorial, command by command: what can be typed runs, and ends as the page says. */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { PATIENCE_MS } from '../cli/backstep.ts';
import { emptyWorkspace, service, workspace, type Workspace } from './workspace.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const EXIT = { completed: 0, compensated: 3, failed: 4, suspended: 5, waiting: 7 };

interface Command {
  readonly text: string;
  /** The comment behind it. */
  readonly comment: string;
}

const examples = readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory());

it.each(examples.map(({ name }) => name))('%s', { timeout: 3 * PATIENCE_MS }, async (name) => {
  const place = workspace(name);
  await play(place, readFileSync(join(place.folder, 'README.md'), 'utf8'));
});

it('the tutorial', { timeout: PATIENCE_MS }, async () => {
  const place = emptyWorkspace();
  const page = readFileSync(join(EXAMPLES, '../docs/getting-started.md'), 'utf8');
  const files = Array.from(page.matchAll(/as `([\w.]+)`:\n\n```\w+\n([\s\S]*?)```/g));
  expect(files.length).toBe(3);
  for (const [, name = '', text = ''] of files) writeFileSync(join(place.folder, name), text);
  await play(place, page);
  expect(readFileSync(join(place.folder, 'shop.log'), 'utf8').trimEnd().split('\n')).toEqual([
    ...['reserved o-1', 'charged o-1', 'shipped o-1'],
    ...['reserved o-2', 'charged o-2', 'refunded o-2', 'released o-2'],
  ]);
});

/** Types the commands of the page, one after another. */
async function play(place: Workspace, page: string): Promise<void> {
  const commands = commandsOf(page);
  const ends = commands.filter(({ comment }) => Object.hasOwn(EXIT, comment));
  expect(ends.length).toBeGreaterThan(1);
  // Variables that a line sets hold for those behind it.
  let before = '';
  for (const { text, comment } of commands) {
    if (comment === 'leave it open') await service(place, text);
    else if (/^\w+=\$\(/.test(text)) before += `${text}\n`;
    else {
      const { status, output } = await run(place, `${before}${text}`);
      expect(status, `$ ${text}\n${output}`).toBe(EXIT[comment as keyof typeof EXIT] ?? 0);
    }
  }
}

/** The commands of the blocks that are marked as `sh`. */
function commandsOf(page: string): readonly Command[] {
  return Array.from(page.matchAll(/^```sh\n([\s\S]*?)^```$/gm), ([, block = '']) => block.trimEnd().split('\n'))
    .flat()
    .filter((line) => line !== '')
    .map((line) => {
      const [, text = line, comment = ''] = /^(.*?) +# (.*)$/.exec(line) ?? [];
      return { text, comment };
    });
}

function run({ folder, env }: Workspace, command: string): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}
