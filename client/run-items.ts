/** How the runs of a journal are offered to be chosen from. Pure. */

/** What is read of a line of `backstep runs --json`. */
export interface RunLine {
  readonly run: string;
  readonly workflow: string;
  readonly version: string;
  readonly status: string;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly drivenBy?: { readonly name: string } | null;
}

/** A row of the list: what ran, how it stands and since when; `now` in milliseconds since 1970. */
export function runItem(
  { run, workflow, version, status, startedAt, updatedAt, drivenBy }: RunLine,
  now: number,
): { readonly label: string; readonly description: string; readonly detail: string; readonly run: string } {
  const by = drivenBy ? `, driven by ${drivenBy.name}` : '';
  const detail = `begun ${ago(startedAt, now)}, last change ${ago(updatedAt, now)}${by}`;
  return { label: run, description: `${workflow} ${version} · ${status}`, detail, run };
}

/** The name of the workflow's file in the beginning of an exported history; null where there is none to be offered. */
export function workflowNameIn(beginning: string): string | null {
  const quoted = /"file":\s*("(?:[^"\\]|\\.)*")/.exec(beginning)?.[1];
  const path = quoted === undefined ? '' : (JSON.parse(quoted) as string);
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return /^[\w. -]+\.workflow\.ya?ml$/.test(name) ? name : null;
}

function ago(instant: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(instant)) / 1000));
  const [amount, unit] =
    seconds < 120
      ? [seconds, 'second']
      : seconds < 7200
        ? [Math.round(seconds / 60), 'minute']
        : seconds < 172_800
          ? [Math.round(seconds / 3600), 'hour']
          : [Math.round(seconds / 86_400), 'day'];
  return `${amount} ${unit}${amount === 1 ? '' : 's'} ago`;
}
