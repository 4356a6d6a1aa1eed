/**
 * Drives a run from the command line: prints what happens, waits for the end, and leaves the run in good order when it is
 * told to stop.
 *
 * 1. What is printed is committed: lines come from the journal's records, after the commit.
 * 2. An interrupt stops at once and takes no further step; the run stands in the journal, without a lease.
 * 3. A run that another process drives is never driven here too: it is refused, or watched until it is let go.
 * 4. A run that waits is let go for a moment to a process that asks for it, and goes on here after that.
 */
import { relative } from 'node:path';
import { entryOf, lineIndex, parse, positionAt } from '../../language/index.ts';
import type { Mocks } from '../../runner/actions/mocks.ts';
import { realClock, virtualClock } from '../../runner/clock.ts';
import { createHost, type Host, type StartError, type StartRequest } from '../../runner/host.ts';
import { ENDED, statusOf } from '../../runner/machine/index.ts';
import type { RunStatus, StimulusBody } from '../../runner/machine/index.ts';
import type { Observer } from '../../runner/observe.ts';
import type { Stage } from '../../runner/scenarios.ts';
import { parseModule } from '../../server/module-parser.ts';
import { CommandError, EXIT_USAGE, exitOf } from '../exit.ts';
import { findingsOf } from '../findings/finding.ts';
import { formatFinding } from '../findings/text.ts';
import { readText } from '../json-option.ts';
import { complain, oneLine, paintError } from '../terminal.ts';
import { followRun } from './following.ts';
import { injecting, type Injection } from './injections.ts';
import type { OpenedJournal } from './journals.ts';
import { outcomeOf } from '../../runner/outcome.ts';
import { jsonPrinter, textPrinter, type Printer } from './printer.ts';
import { createRest } from './rest.ts';
import { exitOfSignal, listenForSignals, type Stopping } from './stopping.ts';
import { createTelling, type Telling } from './telling.ts';

export interface DrivingOptions {
  readonly json?: boolean | undefined;
  /** False with `--no-wait`. */
  readonly wait?: boolean | undefined;
  readonly envFile?: string | undefined;
  /** False with `--no-attach`. */
  readonly attach?: boolean | undefined;
}

export interface DrivingRequest {
  /** What is started, or the run that is taken up. */
  readonly what: StartRequest | { readonly run: string };
  /** What the command is called, for those who find the run held: `backstep run`. */
  readonly holder: string;
  /** Said to the run as soon as it is taken up. */
  readonly say?: StimulusBody;
  /** Whether a run that another process drives is watched instead of being refused. */
  readonly follow: boolean;
  readonly clock?: 'real' | 'virtual' | undefined;
  readonly mocks?: Mocks | undefined;
  readonly injections?: readonly Injection[];
  /** The world of a scenario: it brings the clock, the mocks, the environment and the events. */
  readonly stage?: Stage | undefined;
}

/**
 * Drives a run to its end and gives the exit status. Raises a CommandError when it cannot be begun or a word to it is
 * refused, and a JournalError.
 */
export async function driveRun(
  opened: OpenedJournal,
  options: DrivingOptions,
  request: DrivingRequest,
): Promise<number> {
  const stopping = listenForSignals();
  const printer = options.json === true ? jsonPrinter() : textPrinter();
  const telling = createTelling(opened.journal, printer);
  try {
    let now = request;
    for (;;) {
      const end = await driveOnce(opened, options, now, stopping, printer, telling);
      if (typeof end === 'number') return end;
      // What was to be said is in the run's inbox already, or was taken.
      const { say: _, ...rest } = now;
      now = { ...rest, what: { run: end.left }, follow: true };
    }
  } finally {
    stopping.release();
  }
}

/** The exit status, or a run that was let go by the process that drove it and may be taken up, or that another has now. */
async function driveOnce(
  { journal }: OpenedJournal,
  options: DrivingOptions,
  request: DrivingRequest,
  stopping: Stopping,
  printer: Printer,
  telling: Telling,
): Promise<number | { readonly left: string }> {
  const { stage } = request;
  const clock = stage?.clock ?? (request.clock === 'virtual' ? virtualClock() : realClock());
  const wait = options.wait !== false;
  const rest = createRest(clock, journal);
  const observer: Observer = {
    ...(stage?.observer.before === undefined ? {} : { before: stage.observer.before }),
    ...(request.injections === undefined || request.injections.length === 0
      ? {}
      : { before: injecting(request.injections, (run) => host.runs.get(run)) }),
    committed(records, view) {
      telling.committed(records, view);
      stage?.observer.committed(records, view);
      rest.committed();
    },
    output: ({ way, level, text }) => complain(`${paintError('dim', `  ${way} ${level}:`)} ${oneLine(text)}`),
  };
  const host: Host = createHost({
    journal,
    clock,
    holder: request.holder,
    attach: options.attach !== false,
    letsGo: true,
    parseModule,
    observer,
    complain,
    ...(options.envFile === undefined ? {} : { envFile: options.envFile }),
    ...(request.mocks === undefined ? {} : { mocks: request.mocks }),
    ...stage?.options,
  });
  stage?.enter(host);
  stopping.onStop(() => void host.close());
  try {
    const { what } = request;
    const started = await ('file' in what ? host.start(what) : host.resume(what.run));
    if (!started.ok) {
      const signal = stopping.signal();
      if (signal !== null) return exitOfSignal(signal);
      const held = 'file' in what ? what.id : what.run;
      if (started.error.code !== 'held' || !request.follow || held === undefined) throw startFailure(started.error);
      if (request.say !== undefined) journal.post(held, request.say);
      return (await followRun(journal, held, printer, telling, wait, stopping)) ?? { left: held };
    }
    const { run } = started;
    stage?.proceed();
    telling.taken(run.view());
    const refused = request.say === undefined ? null : await run.send(request.say);
    if (refused !== null && stopping.signal() === null) throw new CommandError(refused);
    const status = await rest.of(host, run, wait);
    await rest.ofDetached(host, wait);
    if (stage?.down === true) {
      complain('The process dies here, as the scenario says, and another one takes the run up.');
      return { left: run.id };
    }
    const signal = stopping.signal();
    if (signal !== null && !hasEnded(host)) {
      await host.close();
      complain(`The run ${run.id} was left as it stands. Go on with: backstep resume ${run.id}`);
      return exitOfSignal(signal);
    }
    // Another process has it now.
    if (wait && !isSettled(status) && signal === null) return { left: run.id };
    const { plan, state } = run.view();
    printer.outcome(outcomeOf(plan, state, journal.read(run.id), status));
    return exitOf(status);
  } finally {
    await host.close();
  }
}

/** Whether a run with this status goes no further by itself. */
export function isSettled(status: RunStatus): boolean {
  return ENDED.has(status) || status === 'suspended';
}

function hasEnded(host: Host): boolean {
  for (const run of host.runs.values()) {
    const { plan, state } = run.view();
    if (!ENDED.has(statusOf(plan, state))) return false;
  }
  return true;
}

/** Why a run was not begun: what was found in the workflow is printed, the rest is the error's message. */
export function startFailure(error: StartError): CommandError {
  printFindings(error);
  const { code, message } = error;
  return new CommandError(placeOfInput(error) + message, code === 'invalid-id' ? EXIT_USAGE : undefined);
}

/** For an input that does not fit: where the workflow says what fits. */
function placeOfInput({ code, file }: StartError): string {
  if (code !== 'invalid-input' || file === undefined) return '';
  const text = readText(file, 'the workflow');
  const key = entryOf(parse(text).root, 'input')?.key;
  const { line, character } = positionAt(lineIndex(text), key?.range.start ?? 0);
  return `${nameOf(file)}:${line + 1}:${character + 1}: `;
}

/** A path for people: below the current folder without that folder. */
function nameOf(file: string): string {
  const below = relative(process.cwd(), file);
  return below.startsWith('..') ? file : below;
}

/** Prints the findings that kept a workflow from being compiled to standard error. */
export function printFindings({ file, text, findings }: StartError): void {
  if (file === undefined || text === undefined || findings === undefined) return;
  for (const finding of findingsOf(nameOf(file), text, findings)) complain(formatFinding(finding));
}
