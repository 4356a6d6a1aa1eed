import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Location, Range, SourceBreakpoint, commands, debug, workspace } from 'vscode';
import type { Breakpoint, DebugConfiguration, InlineValueText, TextDocument } from 'vscode';
import type { Followed, Stop } from './support.ts';
import { followDebugging, openDocument, rangeOf } from './support.ts';

interface Frame {
  readonly id: number;
  readonly name: string;
  readonly line: number;
}
interface Scope {
  readonly name: string;
  readonly variablesReference: number;
}
interface Variable {
  readonly name: string;
  readonly value: string;
}

async function topFrame({ session, threadId }: Stop): Promise<Frame> {
  const { stackFrames } = (await session.customRequest('stackTrace', { threadId })) as { stackFrames: Frame[] };
  assert.ok(stackFrames[0]);
  return stackFrames[0];
}

async function variables({ session }: Stop, frame: Frame, scope: string): Promise<Variable[]> {
  const { scopes } = (await session.customRequest('scopes', { frameId: frame.id })) as { scopes: Scope[] };
  const found = scopes.find(({ name }) => name === scope);
  assert.ok(found, `${scope} among ${scopes.map(({ name }) => name).join(', ')}`);
  const answer = (await session.customRequest('variables', {
    variablesReference: found.variablesReference,
  })) as { variables: Variable[] };
  return answer.variables;
}

const scratch = mkdtempSync(join(tmpdir(), 'backstep-suite-'));

function launch(document: TextDocument): DebugConfiguration {
  const input = { orderId: 'o-1' };
  const journal = join(scratch, 'runs.db');
  return { type: 'backstep', request: 'launch', name: 'test', program: document.uri.fsPath, input, journal };
}

describe('debugging', () => {
  let followed: Followed;
  let document: TextDocument;
  let set: Breakpoint[] = [];
  const lineOf = (text: string): number => rangeOf(document, text).start.line + 1;

  before(async () => {
    document = await openDocument('saga.workflow.yaml');
  });
  after(() => rmSync(scratch, { recursive: true }));
  beforeEach(() => {
    followed = followDebugging();
  });
  afterEach(async () => {
    debug.removeBreakpoints(set);
    set = [];
    followed.dispose();
    await debug.stopDebugging();
  });

  it('stops at a breakpoint, steps to the failure, and undoes what was done in reverse', async () => {
    const at = rangeOf(document, '  charge:').start;
    set = [new SourceBreakpoint(new Location(document.uri, at))];
    debug.addBreakpoints(set);
    assert.ok(await debug.startDebugging(workspace.workspaceFolders?.[0], launch(document)));

    let stop = await followed.stop();
    assert.equal(stop.reason, 'breakpoint');
    let frame = await topFrame(stop);
    assert.equal(frame.line, lineOf('  charge:'));
    const pending = await variables(stop, frame, 'Compensation stack');
    assert.match(JSON.stringify(pending), /release o-1/);
    const facts = await inlineValues(document, frame);
    assert.match(facts.get(lineOf('  reserve:')) ?? '', /^\d+ ms$/);
    assert.equal(facts.has(lineOf('  refuse:')), false);

    const places: [line: number, reason: string][] = [
      [lineOf('  refuse:'), 'step'],
      [lineOf('    fail:'), 'exception'],
      [compensateLine(document, 'refund'), 'step'],
      [compensateLine(document, 'release'), 'step'],
    ];
    for (const [line, reason] of places) {
      await stop.session.customRequest('next', { threadId: stop.threadId });
      stop = await followed.stop();
      frame = await topFrame(stop);
      assert.deepEqual([frame.line, stop.reason], [line, reason]);
    }
    await stop.session.customRequest('next', { threadId: stop.threadId });
    assert.equal(await followed.end(), 'compensated');
  });

  it('runs without stopping when it is not to be debugged', async () => {
    const at = rangeOf(document, '  charge:').start;
    set = [new SourceBreakpoint(new Location(document.uri, at))];
    debug.addBreakpoints(set);
    assert.ok(await debug.startDebugging(undefined, launch(document), { noDebug: true }));
    assert.equal(await followed.end(), 'compensated');
  });
});

/** What stands behind the lines (from 1) while the session is stopped in a frame. */
async function inlineValues(document: TextDocument, frame: Frame): Promise<Map<number, string>> {
  const whole = new Range(0, 0, document.lineCount, 0);
  const context = { frameId: frame.id, stoppedLocation: document.lineAt(frame.line - 1).range };
  const values = await commands.executeCommand<InlineValueText[]>(
    'vscode.executeInlineValueProvider',
    document.uri,
    whole,
    context,
  );
  return new Map(values.map(({ range, text }) => [range.start.line + 1, text]));
}

/** The line (from 1) of the `compensate` that logs this word. */
function compensateLine(document: TextDocument, word: string): number {
  const before = document.getText().slice(0, document.getText().indexOf(`"${word} `));
  return document.positionAt(before.lastIndexOf('compensate:')).line + 1;
}
