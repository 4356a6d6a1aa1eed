import { describe, expect, it } from 'vitest';
import { createProgram } from '../../cli/program.ts';
import { commandsOf, referenceOf } from '../../cli/reference.ts';
import { backstep, folderWith, PATIENCE_MS } from './backstep.ts';

const program = createProgram(() => undefined);

describe('the help', () => {
  it('is the reference in docs/cli.md', async () => {
    await expect(referenceOf(program)).toMatchFileSnapshot('../../docs/cli.md');
  });

  it.each(commandsOf(program))('says of $name what it does and what each option is', ({ name, command }) => {
    expect(command.helpInformation()).toMatch(new RegExp(`^Usage: backstep ${name}`));
    expect(command.description()).toMatch(/\.$/);
    for (const { flags, description } of command.options) expect(description, flags).not.toBe('');
    for (const argument of command.registeredArguments) expect(argument.description, argument.name()).not.toBe('');
  });
});

describe.concurrent('the command line', { timeout: PATIENCE_MS }, () => {
  it('prints its version and its help', async () => {
    const version = await backstep(['--version'], { cwd: folderWith({}) });
    expect(version).toMatchObject({ status: 0, stderr: '' });
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await backstep(['task', 'complete', '--help'], { cwd: folderWith({}) });
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toMatch(/^Usage: backstep task complete \[options\] <run\/state>/);
  });

  it.each([
    [[], /Usage: backstep/],
    [['nonsense'], /unknown command 'nonsense'/],
    [['run'], /missing required argument 'file'/],
    [['run', 'a.workflow.yaml', '--frob'], /unknown option '--frob'/],
    [['run', 'a.workflow.yaml', '--clock', 'sun'], /Allowed choices are real, virtual/],
    [['run', 'a.workflow.yaml', '--inject', 'charge'], /--inject takes the name of a state and the type of an error/],
    [['run', 'a.workflow.yaml', '--id', 'a b'], /"a b" cannot be a run's id/],
    [['validate', '--format', 'xml'], /Allowed choices are text, json, sarif, github/],
    [['diagram', 'a.workflow.yaml', '--format', 'png'], /Allowed choices are mermaid/],
    [['runs', '--status', 'lost'], /Allowed choices are running/],
    [['task'], /Usage: backstep task/],
    [['task', 'claim', 'no-slash'], /A task is named RUN\/STATE/],
    [['task', 'delegate', 'r/s'], /required option '--to <name>'/],
    [['lsp'], /required option '--stdio'/],
    [['debug', '--port', 'seven'], /--port takes a number/],
  ])('refuses %j with status 2', async (args, message) => {
    const { status, stdout, stderr } = await backstep(args, { cwd: folderWith({}) });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('is plain text where no terminal shows colours', async () => {
    const cwd = folderWith({ 'a.workflow.yaml': 'workflow: a\n' });
    const { stdout, stderr } = await backstep(['validate'], { cwd, env: { NO_COLOR: undefined } });
    expect(stdout).toMatch(/error/);
    expect(stdout + stderr).not.toContain('\u001B');
  });
});
