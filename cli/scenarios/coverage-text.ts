/** Coverage for people: a table, and below it what was never entered. */
import { relative } from 'node:path';
import type { CoveredKind, WorkflowCoverage } from '../../runner/scenarios.ts';
import { paint, table } from '../terminal.ts';
import { formatPlace } from './reporter.ts';

export const KINDS: readonly CoveredKind[] = ['state', 'transition', 'compensation'];

export interface Count {
  readonly covered: number;
  readonly total: number;
}

/** How many parts of one kind were entered at least once. */
export function countOf({ parts }: WorkflowCoverage, kind: CoveredKind): Count {
  const all = parts.filter((part) => part.kind === kind);
  return { covered: all.filter(({ hits }) => hits > 0).length, total: all.length };
}

/** The lines of the table and of what is missing. */
export function coverageLines(coverage: readonly WorkflowCoverage[]): readonly string[] {
  const heading = ['workflow', 'states', 'transitions', 'compensations'];
  const rows = coverage.map((workflow) => [
    workflow.workflow,
    ...KINDS.map((kind) => {
      const { covered, total } = countOf(workflow, kind);
      return total === 0 ? '–' : `${covered}/${total}`;
    }),
  ]);
  const missed = coverage.flatMap(({ file, parts }) =>
    parts
      .filter(({ hits }) => hits === 0)
      .map(({ kind, name, line, column }) => {
        const place = formatPlace({ file: relative(process.cwd(), file), line, column });
        return `${place} ${paint('dim', `no scenario enters the ${kind}`)} ${name}`;
      }),
  );
  return [...table([heading, ...rows], style), ...(missed.length === 0 ? [] : ['', ...missed])];
}

function style(cell: string, row: number): string {
  if (row === 0) return paint('dim', cell);
  const [, covered, total] = /^(\d+)\/(\d+)\s*$/.exec(cell) ?? [];
  if (covered === undefined) return cell;
  return paint(covered === total ? 'green' : 'yellow', cell);
}
