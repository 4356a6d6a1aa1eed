/** What the file implies, shown in it: the type of a state's result, and how long a policy's retries take altogether. */
import {
  type Analysis,
  formatDuration,
  type Range,
  retryOf,
  type State,
  timeoutOf,
  typeInWords,
  typeOfResult,
  valueOf,
} from '../../language/index.ts';

export interface Hint {
  readonly offset: number;
  readonly label: string;
  readonly kind: 'type' | 'time';
  /** Markdown. */
  readonly about: string;
}

export interface WantedHints {
  readonly resultHints: boolean;
  readonly retryHints: boolean;
}

/** A longer type says less at a glance than none. */
const MAX_LABEL = 60;

/** The hints within `range`, in the order of the file. */
export function hintsIn(analysis: Analysis, range: Range, wanted: WantedHints): readonly Hint[] {
  const { workflow } = analysis;
  const states = workflow.states.filter((state) => state.range.start <= range.end && range.start <= state.range.end);
  const hints = [
    ...(wanted.resultHints ? states.flatMap((state) => resultHint(analysis, state)) : []),
    ...(wanted.retryHints ? states.flatMap((state) => retryHint(analysis, state)) : []),
    ...(wanted.retryHints ? policyHints(analysis) : []),
  ];
  return hints
    .filter(({ offset }) => range.start <= offset && offset <= range.end)
    .sort((one, other) => one.offset - other.offset);
}

function resultHint(analysis: Analysis, state: State): readonly Hint[] {
  const { kind } = state.action ?? {};
  const shaped = valueOf(state.node, 'output') !== undefined;
  if (!shaped && (kind === undefined || WITHOUT_RESULT.has(kind))) return [];
  const words = typeInWords(typeOfResult(analysis, state));
  if (words === 'any' || words === 'nothing') return [];
  const label = words.length > MAX_LABEL ? `${words.slice(0, MAX_LABEL - 1)}…` : words;
  const about = `\`results.${state.name}\` is ${words.includes('`') ? words : `\`${words}\``}.`;
  return [{ offset: state.nameRange.end, label, kind: 'type', about }];
}

const WITHOUT_RESULT: ReadonlySet<string> = new Set(['switch', 'wait', 'set', 'rollback', 'fail', 'emit']);

/** How long a state may take: its attempts, as far as they are bounded, and the delays between them. */
function retryHint({ workflow }: Analysis, state: State): readonly Hint[] {
  const policy = retryOf({ workflow }, state.retry);
  if (policy === null || state.retry === null || state.retry.kind === 'map') return [];
  const limits = timeoutOf({ workflow }, state.timeout);
  const delays = delaysOf(policy);
  let attempts = 0;
  for (let at = 0; at < Math.min(policy.attempts, MAX_ATTEMPTS); at++)
    attempts += (limits?.attempt ?? 0) * (limits?.extend ?? 1) ** at;
  const all = Math.min(attempts + delays, limits?.total ?? Number.POSITIVE_INFINITY);
  const bounded = limits?.attempt != null || limits?.total != null;
  const label = bounded ? `at most ${formatDuration(all)}` : `${formatDuration(delays)} of waiting`;
  const about = bounded
    ? `${policy.attempts} attempts with their delays end after ${formatDuration(all)} at the latest.`
    : `Between ${policy.attempts} attempts lie ${formatDuration(delays)}${jittered(policy)}.`;
  return [{ offset: state.retry.range.end, label, kind: 'time', about }];
}

function policyHints({ workflow }: Analysis): readonly Hint[] {
  return workflow.policies.retry.flatMap((one): Hint[] => {
    const policy = retryOf({ workflow }, one.node);
    if (policy === null) return [];
    const time = formatDuration(delaysOf(policy));
    const about = `Between ${policy.attempts} attempts lie ${time}${jittered(policy)}.`;
    return [{ offset: one.nameRange.end, label: `${time} of waiting`, kind: 'time', about }];
  });
}

type RetryPolicy = NonNullable<ReturnType<typeof retryOf>>;

/** More attempts than these are as good as endless. */
const MAX_ATTEMPTS = 10_000;

/** The milliseconds of all delays together, the longest that they may be. */
function delaysOf({ attempts, delay, factor, maxDelay }: RetryPolicy): number {
  let sum = 0;
  for (let at = 0; at < Math.min(attempts, MAX_ATTEMPTS) - 1; at++) {
    sum += Math.min(delay * factor ** at, maxDelay ?? Number.POSITIVE_INFINITY);
  }
  return Math.min(sum, Number.MAX_SAFE_INTEGER);
}

function jittered({ jitter }: RetryPolicy): string {
  return jitter === 'full' ? ' at most, since jitter shortens each delay' : '';
}
