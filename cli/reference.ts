/** The reference of the command line in Markdown, made from the program itself. */
import type { Argument, CommandUnknownOpts, Option } from '@commander-js/extra-typings';

export interface DescribedCommand {
  /** Without the program: `task claim`. */
  readonly name: string;
  readonly command: CommandUnknownOpts;
}

/** Every command that does something, subcommands included, in the order of the help. */
export function commandsOf(program: CommandUnknownOpts): readonly DescribedCommand[] {
  return program.commands.flatMap((command) => {
    const below = commandsOf(command).map((inner) => ({
      ...inner,
      name: `${command.name()} ${inner.name}`,
    }));
    return below.length > 0 ? below : [{ name: command.name(), command: command }];
  });
}

/** The whole reference; it ends in a line break. */
export function referenceOf(program: CommandUnknownOpts): string {
  return [
    '# The command line',
    '',
    '<!-- Made from cli/program.ts; `npx vitest run test/cli/usage.test.ts -u` writes it anew. -->',
    '',
    program.description(),
    '',
    'Every command has `--help`. Results go to standard output, faults to standard error: one sentence, with the file, the',
    'line and the column where there is one. Colours are shown on a terminal only, and not with `NO_COLOR`. With',
    '`BACKSTEP_DEBUG` a fault of Backstep itself shows where it arose.',
    '',
    ...EXIT_STATUS,
    ...JSON_LINES,
    ...JOURNAL,
    ...commandsOf(program).flatMap(sectionOf),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

const EXIT_STATUS = [
  '## Exit status',
  '',
  '| status | of `run`, `resume`, `retry`, `skip`, `resolve` and `cancel` |',
  '| --- | --- |',
  '| 0 | the run completed |',
  '| 3 | compensated: an error, and what was done is undone |',
  '| 4 | failed: an error, and nothing was undone |',
  '| 5 | suspended: a person has to decide |',
  '| 6 | cancelled |',
  '| 7 | waiting, with `--no-wait` |',
  '| 130, 143 | interrupted: the run stands in the journal, and `backstep resume` goes on with it |',
  '',
  'Everywhere: 1 the input was wrong, 2 the command line was wrong, 70 a fault of Backstep itself.',
  '',
];

const JSON_LINES = [
  '## JSON',
  '',
  'With `--json`, commands that drive a run print each record of the journal as it is committed, a line each, those of the',
  'runs that it starts included (`run` says whose it is), and last what came of it:',
  '',
  '```json',
  '{ "run": "…", "status": "compensated", "output": null, "error": { "type": "http.402", "message": "…", "state": "charge" },',
  '  "path": ["reserve_stock", "charge"], "compensated": ["reserve_stock"], "pending": [] }',
  '```',
  '',
  '`pending` is, for a suspended run, what is left: `{ state, action, with, error }`. `history --json` prints the same',
  'records. `validate --format json` prints a line for each finding: `file`, `line`, `column`, `endLine`, `endColumn`,',
  '`severity`, `code`, `message`, counted from 1.',
  '',
];

const JOURNAL = [
  '## The journal',
  '',
  'Runs are kept in `.backstep/runs.db` in the nearest folder upwards that has one, else beside the root of the workspace',
  '(the folder of `.git` or `.backstep.yaml`), else beside the workflow; `--journal FILE` names another. Only one process',
  'drives a run at a time; when it has died, the next one may take the run up at once.',
  '',
];

function sectionOf({ name, command }: DescribedCommand): string[] {
  const usage = command.registeredArguments.map((argument) => ` ${shownArgument(argument)}`).join('');
  return [
    `## \`backstep ${name}${usage}\``,
    '',
    command.description(),
    '',
    ...rows(
      'argument',
      command.registeredArguments.map((each) => [shownArgument(each), each.description]),
    ),
    ...rows(
      'option',
      command.options.map((each) => [each.flags, describeOption(each)]),
    ),
  ];
}

function shownArgument(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '…' : ''}`.toUpperCase();
  return argument.required ? name : `[${name}]`;
}

function describeOption({ description, argChoices, defaultValue }: Option): string {
  const choices = argChoices === undefined ? '' : ` (${argChoices.join(', ')})`;
  return `${description}${choices}${typeof defaultValue === 'string' ? `; ${defaultValue} by default` : ''}`;
}

function rows(heading: string, cells: readonly (readonly [string, string])[]): string[] {
  if (cells.length === 0) return [];
  const lines = cells.map(([name, text]) => `| \`${name}\` | ${text.replaceAll('|', '\\|')} |`);
  return [`| ${heading} | |`, '| --- | --- |', ...lines, ''];
}
