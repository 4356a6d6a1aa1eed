/**
 * The table of all commands: their arguments, options and help. What a command does is in `commands/`, one file each,
 * and is loaded when it is asked for.
 */
import { Command, Option, type OutputConfiguration } from '@commander-js/extra-typings';
import { paintError } from './terminal.ts';
import { versionOfBackstep } from './version.ts';

const STATUSES = [
  'running',
  'waiting',
  'compensating',
  'suspended',
  'completed',
  'compensated',
  'failed',
  'cancelled',
] as const;

const OUTPUT: OutputConfiguration = {
  outputError: (text, write) => {
    write(paintError('red', text.replace(/^error: /, 'backstep: ')));
  },
};

const EXIT_STATUSES = `
Exit status: 0 completed, 3 compensated, 4 failed, 5 suspended, 6 cancelled, 7 waiting;
1 the input was wrong, 2 the command line was wrong, 70 a fault of Backstep itself.`;

const json = () => new Option('--json', 'JSON Lines for programs instead of text for people');
const journal = () =>
  new Option('--journal <file>', 'the journal of the runs (default: the nearest .backstep/runs.db)');
const envFile = () =>
  new Option('--env-file <file>', 'variables as NAME=value lines (default: .env beside the workflow)');
const wait = () => new Option('--no-wait', 'stop when only timers, events or people could make the run go on');
const attach = () => new Option('--no-attach', 'let no debugger attach to the runs');
const actor = () => new Option('--as <name>', 'who says so (default: the name of the user)');

/**
 * The program `backstep`. `finish` is called with the exit status of the command that ran. Parsing a wrong command line
 * prints what is wrong to standard error and raises a CommanderError, as asking for the help or the version does with
 * exit code 0.
 */
export function createProgram(finish: (status: number) => void): Command {
  const program = new Command('backstep')
    .description('Check, draw and run workflow files, and do what a person does with their runs.')
    .version(versionOfBackstep(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureOutput(OUTPUT)
    .showHelpAfterError('Run it with --help to see what it takes.')
    .exitOverride();
  const does = async (work: Promise<number>): Promise<void> => {
    finish(await work);
  };
  addFileCommands(program, does);
  addRunCommands(program, does);
  addTestCommands(program, does);
  addLookCommands(program, does);
  addPersonCommands(program, does);
  addEventCommands(program, does);
  addVersionCommands(program, does);
  addServerCommands(program, does);
  return program;
}

type Does = (work: Promise<number>) => Promise<void>;

function addFileCommands(program: Command, does: Does): void {
  program
    .command('validate')
    .summary('check workflows and scenario files')
    .description(
      'Check workflows and scenario files; folders are searched, without node_modules. Severities come from the rules in ' +
        '.backstep.yaml at the root of the workspace. Exit status: 0 without errors, 1 with errors.',
    )
    .argument('[path...]', 'files and folders (default: the current folder)')
    .addOption(
      new Option('--format <format>', 'how findings are written')
        .choices(['text', 'json', 'sarif', 'github'] as const)
        .default('text' as const),
    )
    .option('--strict', 'exit with 1 for warnings, too')
    .option('--json', 'the same as --format json')
    .action((paths, options) => does(import('./commands/validate.ts').then((it) => it.validate(paths, options))));
  program
    .command('diagram')
    .summary('print the state diagram of a workflow')
    .description('Print the state diagram of a workflow as Mermaid text; with a run, its path is marked.')
    .argument('<file>', 'the workflow')
    .addOption(
      new Option('--format <format>', 'what is printed').choices(['mermaid'] as const).default('mermaid' as const),
    )
    .option('--run <run>', 'mark the path of this run; the diagram is that of the text it began with')
    .addOption(journal())
    .option('--json', 'one JSON object with the text, the nodes and the edges')
    .action((file, options) => does(import('./commands/diagram.ts').then((it) => it.diagram(file, options))));
  program
    .command('spec')
    .summary('describe a workflow in Markdown')
    .description(
      'Print a specification of a workflow in Markdown: its participants, diagram, states, events, errors and their ' +
        'handling, what undoes what, consistency, timeouts and service levels.',
    )
    .argument('<file>', 'the workflow')
    .action((file) => does(import('./commands/spec.ts').then((it) => it.spec(file))));
  program
    .command('schema')
    .summary('print the JSON Schema of the language')
    .description('Print the JSON Schema of workflow files, for editors without a language server.')
    .action(() => does(import('./commands/schema.ts').then((it) => it.schema())));
}

function addTestCommands(program: Command, does: Does): void {
  program
    .command('test')
    .summary('play scenarios on a virtual clock')
    .description(
      'Play the scenarios of NAME.workflow.test.yaml files with their mocks on a virtual clock, and compare what comes of ' +
        'each with what it expects. Folders are searched, without node_modules; a workflow stands for the scenario files ' +
        'beside it. Exit status: 0 when all went as expected, 1 otherwise.',
    )
    .argument('[path...]', 'scenario files, workflows and folders (default: the current folder)')
    .option('--coverage', 'also show which states, transitions and compensations the scenarios entered')
    .addOption(
      new Option('--reporter <reporter>', 'how results are written')
        .choices(['spec', 'tap', 'junit', 'json'] as const)
        .default('spec' as const),
    )
    .option('--json', 'the same as --reporter json')
    .action((paths, options) => does(import('./commands/test.ts').then((it) => it.test(paths, options))));
  program
    .command('explore')
    .summary('fail every step in turn, crash everywhere, and see what stays undone')
    .description(
      'Run a workflow on a virtual clock again and again: with each step failing in turn, people deciding otherwise, events ' +
        'that never come, undoing that fails, and crashes after every commit. Tell how each run ends and what stayed undone. ' +
        'Answers are made from the schemas where none are given. Exit status: 1 when a crash changes how a run ends.',
    )
    .argument('<file>', 'the workflow')
    .option('--input <json>', 'the input: JSON, @FILE, or - for standard input (default: one made from the schema)')
    .option('--mocks <file>', 'answers that go before those made from the schemas')
    .option('--scenario <name>', 'take input and mocks from a scenario')
    .option('--strict', 'exit with 1 when anything stays undone, too')
    .addOption(json())
    .action((file, options) => does(import('./commands/explore.ts').then((it) => it.explore(file, options))));
}

function addRunCommands(program: Command, does: Does): void {
  program
    .command('run')
    .summary('run a workflow to its end')
    .description(
      'Run a workflow to its end and print each transition as it happens. The same --id again returns the same run, and ' +
        'takes it up if it is unfinished and nobody drives it.',
    )
    .argument('<file>', 'the workflow')
    .option('--input <json>', 'the input: JSON, @FILE, or - for standard input (default: {})')
    .option('--id <id>', 'the id of the run (default: a new one)')
    .option('--scenario <name>', 'take input, mocks, decisions and events from a scenario, on a virtual clock')
    .option('--mocks <file>', 'answer calls from this file instead of making them')
    .addOption(
      new Option(
        '--clock <clock>',
        'a virtual clock stands still while anything runs and jumps to the next timer',
      ).choices(['real', 'virtual'] as const),
    )
    .addOption(envFile())
    .addOption(attach())
    .addOption(
      new Option(
        '--inject <state=error>',
        'let a state fail with this error instead of acting; may be repeated',
      ).argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]),
    )
    .addOption(wait())
    .addOption(journal())
    .addOption(json())
    .addHelpText('after', EXIT_STATUSES)
    .action((file, options) => does(import('./commands/run.ts').then((it) => it.run(file, options))));
  program
    .command('resume')
    .summary('take up runs that a crash or a stop left')
    .description(
      'Take up a run that a crash or a stop left; completed steps are never run again. Without a run, the only one that ' +
        'was left. A run that has ended prints its outcome again. With --all, all runs that were left go on at the same time ' +
        'until each has its end; the exit status is that of the first that could not be taken up, else of the first that did ' +
        'not complete.',
    )
    .argument('[run]', 'the id of the run')
    .option('--all', 'all runs that were left')
    .addOption(envFile())
    .addOption(attach())
    .addOption(wait())
    .addOption(journal())
    .addOption(json())
    .addHelpText('after', EXIT_STATUSES)
    .action((run, options) => does(import('./commands/resume.ts').then((it) => it.resume(run, options))));
}

function addLookCommands(program: Command, does: Does): void {
  program
    .command('runs')
    .summary('list runs')
    .description('List the runs of the journal, the oldest first.')
    .addOption(new Option('--status <status>', 'only those with this status').choices(STATUSES))
    .option('--workflow <id>', 'only those of this workflow')
    .addOption(journal())
    .addOption(json())
    .action((options) => does(import('./commands/runs.ts').then((it) => it.runs(options))));
  program
    .command('show')
    .summary('show where a run stands')
    .description('Show where a run stands: its state, its history, what is next and what would be undone.')
    .argument('<run>', 'the id of the run')
    .addOption(journal())
    .addOption(json())
    .action((run, options) => does(import('./commands/show.ts').then((it) => it.show(run, options))));
  program
    .command('history')
    .summary('print the audit trail of a run')
    .description(
      'Print every record of a run with its time and, where a person or a process did it, with who that was. With --export, ' +
        'write all that is known of the run to a file for somebody else: its texts and the runs that it started, too. With ' +
        '--scenario, print the run as a scenario: its input, answers, events, decisions and what came of it.',
    )
    .argument('<run>', 'the id of the run')
    .option('--export <file>', 'write everything to this JSON file instead, - for standard output')
    .option('--scenario <name>', 'print the run as the entry of a scenario file instead, under this name')
    .addOption(journal())
    .addOption(json())
    .action((run, options) => does(import('./commands/history.ts').then((it) => it.history(run, options))));
  program
    .command('metrics')
    .summary('print how many runs there are, how well they do and how long they take')
    .description(
      'Print numbers about the runs of the journal: active ones, their rate, success and duration, the same for each state, ' +
        'and the states that are slowest or retried most.',
    )
    .option('--workflow <id>', 'only runs of this workflow')
    .addOption(journal())
    .addOption(json())
    .action((options) => does(import('./commands/metrics.ts').then(async (it) => it.metrics(options))));
}

function addPersonCommands(program: Command, does: Does): void {
  program
    .command('cancel')
    .summary('stop a run and undo what it did')
    .description('Stop what a run is doing, then undo what it did.')
    .argument('<run>', 'the id of the run')
    .option('--no-compensate', 'undo nothing')
    .option('--force', 'also past the pivot: stop the run as it is')
    .addOption(actor())
    .addOption(envFile())
    .addOption(attach())
    .addOption(journal())
    .addOption(json())
    .addHelpText('after', EXIT_STATUSES)
    .action((run, options) => does(import('./commands/cancel.ts').then((it) => it.cancel(run, options))));
  program
    .command('retry')
    .summary('let a suspended run try again')
    .description('Try again what a suspended run could not do, then go on.')
    .argument('<run>', 'the id of the run')
    .argument('[state]', 'only what this state left (default: everything that waits)')
    .addOption(actor())
    .addOption(envFile())
    .addOption(attach())
    .addOption(wait())
    .addOption(journal())
    .addOption(json())
    .addHelpText('after', EXIT_STATUSES)
    .action((run, state, options) => does(import('./commands/retry.ts').then((it) => it.retry(run, state, options))));
  const settlements = [
    ['skip', 'leave what a state of a suspended run did, and go on', 'Do not undo what a state did, and go on.'],
    [
      'resolve',
      'say that what a state of a suspended run did was undone by hand',
      'Record that what a state did was undone by hand, and go on.',
    ],
  ] as const;
  for (const [name, summary, description] of settlements) {
    program
      .command(name)
      .summary(summary)
      .description(description)
      .argument('<run>', 'the id of the run')
      .argument('<state>', 'the state whose compensation failed, as "backstep show" writes it')
      .addOption(actor())
      .addOption(envFile())
      .addOption(attach())
      .addOption(wait())
      .addOption(journal())
      .addOption(json())
      .addHelpText('after', EXIT_STATUSES)
      .action((run, state, options) =>
        does(import('./commands/settle.ts').then((it) => it.settle(name, run, state, options))),
      );
  }
  program
    .command('tasks')
    .summary('list the tasks that wait for people')
    .description('List the tasks that wait for people, the oldest first.')
    .addOption(journal())
    .addOption(json())
    .action((options) => does(import('./commands/tasks.ts').then((it) => it.tasks(options))));
  addTaskCommands(program, does);
}

function addTaskCommands(program: Command, does: Does): void {
  const task = program
    .command('task')
    .summary('claim, delegate, release or complete a task')
    .description(
      'Do what a person does with a task. It reaches the run at once if a process drives it; otherwise it is kept and ' +
        'delivered when one does (see "backstep resume").',
    );
  const which = 'the task, as "backstep tasks" writes it';
  task
    .command('claim')
    .description('Take a task over.')
    .argument('<run/state>', which)
    .addOption(actor())
    .addOption(journal())
    .addOption(json())
    .action((where, options) => does(import('./commands/task.ts').then((it) => it.claim(where, options))));
  task
    .command('delegate')
    .description('Give a task to somebody else.')
    .argument('<run/state>', which)
    .requiredOption('--to <name>', 'who shall do it')
    .addOption(actor())
    .addOption(journal())
    .addOption(json())
    .action((where, options) => does(import('./commands/task.ts').then((it) => it.delegate(where, options))));
  task
    .command('release')
    .description('Give a claimed task back.')
    .argument('<run/state>', which)
    .addOption(actor())
    .addOption(journal())
    .addOption(json())
    .action((where, options) => does(import('./commands/task.ts').then((it) => it.release(where, options))));
  task
    .command('complete')
    .description('Answer a task. The answer is checked against its outcomes and its form.')
    .argument('<run/state>', which)
    .option('--outcome <outcome>', 'which way it goes (default: the only one there is)')
    .option('--form <json>', 'the answer to the form: JSON, @FILE, or - for standard input (default: {})')
    .addOption(actor())
    .addOption(journal())
    .addOption(json())
    .action((where, options) => does(import('./commands/task.ts').then((it) => it.complete(where, options))));
}

function addVersionCommands(program: Command, does: Does): void {
  program
    .command('migrate')
    .summary('move a run to a newer version of its workflow')
    .description(
      'Move a waiting or suspended run to a newer version of its workflow, whose migrations say how. Every active state, ' +
        'variable and pending compensation needs a place there; otherwise the run stays as it is, and what has none is told.',
    )
    .argument('<run>', 'the id of the run')
    .argument('<file>', 'the workflow file of the newer version')
    .addOption(actor())
    .addOption(envFile())
    .addOption(journal())
    .addOption(json())
    .action((run, file, options) => does(import('./commands/migrate.ts').then((it) => it.migrate(run, file, options))));
  program
    .command('fork')
    .summary('begin a new run with the first records of another')
    .description(
      'Make a new run that begins with the first records of another, and name what that one did after them. The fork repeats ' +
        'nothing that came before, and has idempotency keys of its own.',
    )
    .argument('<run>', 'the id of the run')
    .requiredOption('--at <seq>', 'how many records it begins with, as "backstep history" numbers them')
    .addOption(
      new Option(
        '--set <name=json>',
        'give a variable another value, WAY/NAME one of a scope; may be repeated',
      ).argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]),
    )
    .option('--id <id>', 'the id of the fork (default: a new one)')
    .addOption(actor())
    .addOption(journal())
    .addOption(json())
    .action((run, options) => does(import('./commands/fork.ts').then((it) => it.fork(run, options))));
}

function addEventCommands(program: Command, does: Does): void {
  program
    .command('emit')
    .summary('put an event onto the local bus')
    .description(
      'Put an event onto the local bus. It reaches runs that await it at once where a process drives them, the others when ' +
        'one does. An event whose data does not fit what a workflow declares becomes a dead letter.',
    )
    .argument('<type>', 'the type of the event, such as order.paid')
    .option('--data <json>', 'its data: JSON, @FILE, or - for standard input (default: null)')
    .option('--id <id>', 'its id; one that was seen from the same source is dropped (default: a new one)')
    .option('--source <uri>', 'where it comes from (default: /backstep)')
    .addOption(journal())
    .addOption(json())
    .action((type, options) => does(import('./commands/emit.ts').then((it) => it.emit(type, options))));
  program
    .command('events')
    .summary('list the events of the local bus')
    .description('List the events of the local bus in the order received, with the runs that they were given to.')
    .addOption(journal())
    .addOption(json())
    .action((options) => does(import('./commands/events.ts').then((it) => it.events(options))));
  const letters = program
    .command('dead-letters')
    .summary('list events that could not be delivered, or send one again')
    .description('Events that nothing awaited in time, or whose data did not fit: list them, or send one again.');
  letters
    .command('list', { isDefault: true })
    .description('List the dead letters with their reasons, the oldest first.')
    .addOption(journal())
    .addOption(json())
    .action((options) => does(import('./commands/dead-letters.ts').then((it) => it.deadLetters(options))));
  letters
    .command('resend')
    .description('Put the event of a dead letter onto the bus again, as if it were received now.')
    .argument('<letter>', 'the number of the letter, or the id of its event')
    .addOption(journal())
    .addOption(json())
    .action((id, options) => does(import('./commands/dead-letters.ts').then((it) => it.resend(id, options))));
}

function addServerCommands(program: Command, does: Does): void {
  program
    .command('serve')
    .summary('drive runs as a service, with triggers and HTTP')
    .description(
      'Drive every unfinished run of the journal, start runs by the triggers of the workflows in a folder, and serve HTTP ' +
        'with server-sent events, on this machine only and with a token. A signal ends it in good order.',
    )
    .argument('[dir]', 'the folder whose workflows are served (default: the current folder)')
    .option('--port <port>', 'the port; 0 takes a free one', '7411')
    .option('--host <address>', 'the address to listen on (default: 127.0.0.1, this machine only)')
    .option(
      '--token <token>',
      'what requests must name (default: the variable BACKSTEP_TOKEN, or one that is made once and kept in serve.token ' +
        'beside the journal)',
    )
    .option(
      '--allow-origin <origin>',
      'let pages of this origin ask from a browser, such as http://localhost:5173; may be given several times',
      (origin: string, before: string[]) => [...before, origin],
      [],
    )
    .addOption(envFile())
    .addOption(attach())
    .addOption(journal())
    .action((dir, options) => does(import('./commands/serve.ts').then((it) => it.serve(dir, options))));
  program
    .command('lsp')
    .summary('serve the Language Server Protocol')
    .description('Serve the Language Server Protocol to any editor.')
    .addOption(new Option('--stdio', 'on standard input and output').makeOptionMandatory())
    .action(() => does(import('./commands/lsp.ts').then((it) => it.lsp())));
  program
    .command('debug')
    .summary('serve the Debug Adapter Protocol')
    .description('Serve the Debug Adapter Protocol on standard input and output.')
    .option('--port <port>', 'listen on this loopback port instead (0 takes a free one and prints it)')
    .action((options) => does(import('./commands/debug.ts').then((it) => it.debug(options))));
}
