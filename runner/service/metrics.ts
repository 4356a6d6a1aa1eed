/** Figures of a service in the text format of Prometheus. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Journal } from '../journal/journal.ts';
import { ENDED } from '../machine/index.ts';
import type { RunRecord } from '../machine/index.ts';
import type { RunView } from '../observe.ts';
import { STATUSES } from './schemas.ts';

export interface ServiceMetrics {
  /** Told of each commit. */
  committed(records: readonly RunRecord[], view: RunView): void;
  text(): Promise<string>;
  readonly contentType: string;
}

const SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 3600, 86_400];

/** So many states that were left are remembered before they are cleared away. */
const SLACK = 64;

export function createMetrics(journal: Journal): ServiceMetrics {
  const register = new Registry();
  const registers = [register];
  const workflow = ['workflow'] as const;
  const started = new Counter({ name: 'backstep_runs_started_total', help: 'Runs that were begun.', labelNames: workflow, registers }); // prettier-ignore
  const ended = new Counter({
    ...{ name: 'backstep_runs_ended_total', help: 'Runs that ended, by status.', labelNames: ['workflow', 'status'] },
    registers,
  });
  const duration = new Histogram({
    ...{ name: 'backstep_run_duration_seconds', help: 'Time from beginning to end of a run.', labelNames: workflow },
    ...{ buckets: SECONDS, registers },
  });
  const transitions = new Counter({ name: 'backstep_transitions_total', help: 'Transitions that were taken.', labelNames: workflow, registers }); // prettier-ignore
  const failures = new Counter({
    ...{ name: 'backstep_attempts_failed_total', help: 'Attempts that failed, by state.' },
    ...{ labelNames: ['workflow', 'state'], registers },
  });
  const retries = new Counter({
    ...{
      name: 'backstep_retries_total',
      help: 'Attempts that were scheduled again.',
      labelNames: ['workflow', 'state'],
    },
    registers,
  });
  const compensations = new Counter({
    ...{ name: 'backstep_compensations_total', help: 'Compensations, by what came of them.' },
    ...{ labelNames: ['workflow', 'outcome'], registers },
  });
  const alerts = new Counter({ name: 'backstep_alerts_total', help: 'Alerts for people.', labelNames: workflow, registers }); // prettier-ignore
  const received = new Counter({ name: 'backstep_events_received_total', help: 'Events that runs were given.', labelNames: ['workflow', 'type'], registers }); // prettier-ignore
  new Gauge({
    ...{ name: 'backstep_runs', help: 'Runs of the journal, by status.', labelNames: ['status'], registers },
    collect() {
      for (const status of STATUSES) this.set({ status }, 0);
      for (const { status } of journal.list()) this.inc({ status });
    },
  });
  new Gauge({
    ...{ name: 'backstep_dead_letters', help: 'Events that could not be delivered.', registers },
    collect() {
      this.set(journal.bus.deadLetters().length);
    },
  });

  /** The states of the runs' activations. What a commit was about may have left its state in the same commit. */
  const states = new Map<string, Map<number, string>>();

  function statesOf({ run, activations }: RunView['state']): Map<number, string> {
    const known = states.get(run);
    if (known !== undefined) return known;
    const made = new Map([...activations].map(([activation, { plan }]) => [activation, plan]));
    states.set(run, made);
    return made;
  }

  return {
    contentType: register.contentType,
    text: () => register.metrics(),
    committed(records, view) {
      const { workflow, startedAt, ahead, run, activations, lifecycle } = view.state;
      const inState = statesOf(view.state);
      const stateOf = (activation: number): string =>
        inState.get(activation) ?? activations.get(activation)?.plan ?? '';
      for (const record of records) {
        switch (record.type) {
          case 'state.entered':
            inState.set(record.activation, record.plan);
            break;
          case 'compensation.entered':
            inState.set(record.activation, activations.get(record.activation)?.plan ?? '');
            break;
          case 'run.started':
            started.inc({ workflow });
            break;
          case 'run.completed':
          case 'run.ended':
            ended.inc({ workflow, status: record.type === 'run.ended' ? record.status : 'completed' });
            // A child that is rolled back had ended before.
            if (!view.state.rollingBack) duration.observe({ workflow }, (record.at - startedAt - ahead) / 1000);
            break;
          case 'transition.taken':
            transitions.inc({ workflow });
            break;
          case 'attempt.failed':
            failures.inc({ workflow, state: stateOf(record.activation) });
            break;
          case 'retry.scheduled':
            retries.inc({ workflow, state: stateOf(record.activation) });
            break;
          case 'compensation.completed':
          case 'compensation.failed':
            compensations.inc({ workflow, outcome: record.type === 'compensation.failed' ? 'failed' : 'done' });
            break;
          case 'alert.raised':
            alerts.inc({ workflow });
            break;
          case 'event.received':
            received.inc({ workflow, type: record.event.type });
            break;
          default:
            break;
        }
      }
      if (ENDED.has(lifecycle as never)) states.delete(run);
      else if (inState.size > 2 * activations.size + SLACK)
        for (const activation of inState.keys()) if (!activations.has(activation)) inState.delete(activation);
    },
  };
}
