/** The request for a run as a scenario. */
import { existsSync } from 'node:fs';
import { ENDED, fold, statusOf } from '../../runner/host.ts';
import type { RunStatus } from '../../runner/host.ts';
import { saveScenario } from '../../runner/scenarios.ts';
import type { Recording } from '../../runner/scenarios.ts';
import { RequestError } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import type { ScenarioAnswer } from '../protocol.ts';
import { recordingOf } from '../recording.ts';
import type { Session } from '../state.ts';

/** A run that has come to rest, as a scenario in the file beside its workflow. Nothing is written. */
export async function scenario(session: Session, args: Arguments): Promise<ScenarioAnswer> {
  const debuggee = session.running();
  const run = args.optionalText('run') ?? debuggee.main().state.run;
  const name = args.text('name');
  const recording = recordingOf(debuggee, run);
  const state = fold(recording.records.flatMap(([each, record]) => (each === run ? [record] : [])));
  if (state.lifecycle === 'new') throw new RequestError(`There is no run ${run} in this session.`);
  const plan = recording.planOf(run, state.seq);
  const status = plan === null ? state.lifecycle : statusOf(plan, state);
  if (!ENDED.has(status as RunStatus) && status !== 'suspended' && status !== 'waiting')
    throw new RequestError(
      `${run} is ${status}: a scenario holds what came of a run, so let it come to its end, or to where it waits.`,
    );
  const isMain = run === debuggee.main().state.run;
  const workflow = (isMain ? session.program : null) ?? state.file;
  if (!existsSync(workflow))
    throw new RequestError(
      `The workflow ${workflow} is not here, so no scenario can stand beside it. Name yours as \`program\`.`,
    );
  const saved = await saveScenario({ recording, workflow, name, env: usedEnvironment(session, recording) });
  if ('error' in saved) throw new RequestError(saved.error);
  return saved;
}

/** What the launch gave of the environment, as far as the workflows ask for it. */
function usedEnvironment({ env }: Session, { records, planOf }: Recording): Readonly<Record<string, string>> {
  const plans = new Set(records.flatMap(([run, { type, seq }]) => (type === 'run.started' ? [planOf(run, seq)] : [])));
  const text = JSON.stringify([...plans]);
  const given = Object.entries(env).filter(([name]) => !name.startsWith('BACKSTEP_SECRET_'));
  return Object.fromEntries(given.filter(([name]) => text.includes(`env.${name}`)));
}
