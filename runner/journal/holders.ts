/** Who holds a lease, and whether that process still lives. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import type { Holder } from './journal.ts';

/** A holder for this process; `name` is for a person: `backstep run`, `debugger`. Each call gives one of its own. */
export function thisHolder(name: string): Holder {
  return { id: randomUUID(), pid: process.pid, host: hostname(), name, start: startOf(process.pid) };
}

/**
 * Whether `holder` is surely dead: a process of this machine that has ended, is a zombie, or began at another time than
 * the holder did (its pid was given to another). Of a process on another machine nothing is known: false.
 */
export function isDead(holder: Holder): boolean {
  if (holder.host !== hostname()) return false;
  if (holder.pid === process.pid) return holder.start !== null && holder.start !== startOf(process.pid);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM says that the process lives and belongs to someone else.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const start = startOf(holder.pid);
  return start === 'zombie' || (start !== null && holder.start !== null && start !== holder.start);
}

/** When the process began, comparable only with itself; `zombie` for one that has ended but was not reaped; else null. */
function startOf(pid: number): string | null {
  if (process.platform === 'linux') return startOnLinux(pid);
  if (process.platform === 'win32') return null;
  const ps = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return ps.status === 0 ? ps.stdout.trim() || null : null;
}

function startOnLinux(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc_pid_stat(5): the name, field 2, is in parentheses and may hold anything; state is field 3, starttime field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return 'zombie';
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${fields[19] ?? ''}`;
  } catch {
    return null; // Without /proc only the pid can be compared.
  }
}
