/**
 * Ids of traces and spans. They follow from the names of runs, so that every process that drives a part of a run, or one
 * of its children, adds to the same trace.
 */
import { hash } from 'node:crypto';

/** The trace of an outermost run and of all runs below it: 16 bytes in hex. */
export function traceIdOf(outermost: string): string {
  return hash('sha256', `trace/${outermost}`).slice(0, 32);
}

/** The span that `name` tells apart from all others: 8 bytes in hex. */
export function spanIdOf(name: string): string {
  return hash('sha256', `span/${name}`).slice(0, 16);
}
