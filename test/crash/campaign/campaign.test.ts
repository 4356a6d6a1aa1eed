// Random workflows, real processes that are killed, two at once for one run, clocks that jump. `BACKSTEP_CRASH_ROUNDS`
// plays more rounds, `BACKSTEP_CRASH_AT_ONCE` so many at once, `BACKSTEP_CRASH_SEED` begins with another seed; the folder of
// a round that failed is kept and named.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';
import { bundleVictim } from '../victims.ts';
import { playRound } from './round.ts';
import type { Round } from './round.ts';

const ROUNDS = Number(process.env['BACKSTEP_CRASH_ROUNDS'] ?? 12);
const FIRST_SEED = Number(process.env['BACKSTEP_CRASH_SEED'] ?? 1);
const AT_ONCE = Number(process.env['BACKSTEP_CRASH_AT_ONCE'] ?? 3);
const MINUTE = 60_000;

it(
  'loses nothing and does nothing twice, whatever is killed when',
  { timeout: MINUTE * (3 + ROUNDS / 4) },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'backstep-campaign-'));
    const fighter = await bundleVictim(folder, join(import.meta.dirname, 'fighter.ts'));
    const participant = join(import.meta.dirname, 'participant.sh');
    const seeds = Array.from({ length: ROUNDS }, (_, at) => FIRST_SEED + at);
    const rounds: Round[] = [];
    const failed: string[] = [];
    const work = async (): Promise<void> => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        const own = join(folder, String(seed));
        mkdirSync(own);
        const round = await playRound(fighter, participant, own, seed);
        rounds.push(round);
        if (round.faults.length > 0) failed.push(`seed ${seed} in ${own}: ${round.faults.join('; ')}`);
        else rmSync(own, { recursive: true });
        if (rounds.length % 50 === 0) report(rounds);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (ROUNDS >= 50) report(rounds);
    expect(failed).toEqual([]);
    expect(rounds).toHaveLength(ROUNDS);
    // A campaign in which nobody was killed, nobody took over, or no clock was set either way, would show nothing.
    for (const what of ['kills', 'takeovers', 'back', 'forward'] as const)
      expect([what, sum(rounds, what)]).not.toEqual([what, 0]);
    rmSync(folder, { recursive: true });
  },
);

function report(rounds: readonly Round[]): void {
  const ends = [...new Set(rounds.map(({ status }) => status))].map(
    (end) => `${rounds.filter(({ status }) => status === end).length} ${end}`,
  );
  const counts = (['kills', 'takeovers', 'records', 'asked', 'back', 'forward'] as const).map(
    (key) => `${sum(rounds, key)} ${key}`,
  );
  const bad = rounds.filter(({ faults }) => faults.length > 0).length;
  process.stdout.write(`${rounds.length} rounds: ${counts.join(', ')}; ${ends.join(', ')}; ${bad} with faults\n`);
}

function sum(rounds: readonly Round[], key: 'kills' | 'takeovers' | 'records' | 'asked' | 'back' | 'forward'): number {
  return rounds.reduce((total, round) => total + round[key], 0);
}
