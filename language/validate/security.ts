/**
 * Family security: secrets in the file, expressions that a shell would run, addresses that are not encrypted. That secrets
 * are read only where they are never recorded is judged with the expressions.
 *
 * Rule: sections 3, 5, 6.1 and 13 of the language reference. A program that is a shell runs what stands behind its option
 * for commands; arguments behind that are values to it. Plain HTTP is fine on this machine, and of an address whose host
 * an expression gives nothing is said.
 * Complexity: linear in the values.
 */
import { itemsAt } from '../build/read.ts';
import { type Diagnostic, finding } from '../diagnostics.ts';
import type { LocatedExpression } from '../expressions/template.ts';
import type { TemplateSite } from '../sites.ts';
import { innerRange, type Node, type Tree, valueOf } from '../tree.ts';
import type { Action, Workflow } from '../workflow.ts';
import { inlineSecrets } from './security-secrets.ts';

export interface SecurityCheck {
  readonly workflow: Workflow;
  readonly tree: Tree;
  readonly sites: readonly TemplateSite[];
}

/** The findings of the family. */
export function checkSecurity({ workflow, tree, sites }: SecurityCheck): readonly Diagnostic[] {
  const expressions = sites.flatMap(({ read }) => read.expressions).sort((a, b) => startOf(a) - startOf(b));
  const calls = builtInCalls(workflow);
  const commands = [
    ...workflow.participants.flatMap(({ operations }) =>
      operations.flatMap(({ shell }) => (shell === null ? [] : [shell])),
    ),
    ...calls.flatMap(({ name, args }) => (name === 'shell' ? [itemsAt(args, 'command')] : [])),
  ];
  const addresses = [
    ...workflow.participants.map(({ baseUrl }) => baseUrl),
    ...calls.flatMap(({ name, args }) => (name === 'http' ? [valueOf(args, 'url') ?? null] : [])),
  ];
  return [
    ...inlineSecrets(tree, sites),
    ...commands.flatMap((command) => interpolations(command, expressions)),
    ...addresses.flatMap(plainHttp),
  ];
}

function startOf(located: LocatedExpression): number {
  return located.expression.range.start;
}

interface BuiltInCall {
  readonly name: string;
  readonly args: Node;
}

function builtInCalls(workflow: Workflow): readonly BuiltInCall[] {
  return workflow.states.flatMap(({ action, compensate, confirm }) => {
    const each = action?.kind === 'foreach' ? action : null;
    const actions: (Action | null | undefined)[] = [
      action,
      each?.call,
      each?.compensate?.action,
      compensate?.action,
      confirm?.action,
    ];
    return actions.flatMap((one) => {
      if (one?.kind !== 'call' || one.operation === null || one.with === null) return [];
      return [{ name: one.operation.value, args: one.with }];
    });
  });
}

/** Shells, and the option behind which each takes commands. */
const SHELLS: readonly (readonly [RegExp, RegExp])[] = [
  [/^(ba|da|z|k|c|tc|fi|a)?sh$/, /^(-[a-z]*c|--command)$/],
  [/^cmd(\.exe)?$/i, /^\/[ck]$/i],
  [/^(powershell|pwsh)(\.exe)?$/i, /^-(c|command|encodedcommand)$/i],
];
/** Programs that run another one with the arguments behind. */
const RUNNERS = /^(env|sudo|doas|nice|nohup|timeout|xargs|exec|busybox)$/;

/** The expressions that a shell would run as commands. */
function interpolations(command: readonly Node[], expressions: readonly LocatedExpression[]): readonly Diagnostic[] {
  const words = command.map((part) => (part.kind === 'scalar' ? part.text : ''));
  let at = 0;
  if (RUNNERS.test(programOf(words[0] ?? ''))) {
    at = words.findIndex((word) => SHELLS.some(([shell]) => shell.test(programOf(word))));
    if (at < 0) return [];
  }
  const shell = SHELLS.find(([program]) => program.test(programOf(words[at] ?? '')));
  if (shell === undefined) return [];
  const option = words.findIndex((word, place) => place > at && shell[1].test(word));
  if (option < 0) return [];
  // What stands behind the commands of a POSIX shell are their arguments; others read all of it as commands.
  const isPosix = shell === SHELLS[0];
  const read = isPosix ? command.slice(option + 1, option + 2) : command.slice(option + 1);
  return read.flatMap((node) =>
    within(node, expressions).map(({ expression }) => {
      const message = `The shell would run what this expression gives as part of its commands. Hand it over as an argument of its own${isPosix ? ', and read it as "$1"' : ''}.`;
      // With the braces around it: all of it is replaced.
      const range = { start: expression.range.start - 2, end: expression.range.end + 1 };
      return finding('shell-interpolation', range, message);
    }),
  );
}

function programOf(word: string): string {
  return word.split(/[\\/]/).at(-1) ?? '';
}

/** The expressions in a node; they are sorted by where they begin. */
function within(node: Node, expressions: readonly LocatedExpression[]): readonly LocatedExpression[] {
  let low = 0;
  let high = expressions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = expressions[middle];
    if (one !== undefined && startOf(one) < node.range.start) low = middle + 1;
    else high = middle;
  }
  const found: LocatedExpression[] = [];
  for (let one = expressions[low]; one !== undefined && startOf(one) < node.range.end; one = expressions[++low]) {
    found.push(one);
  }
  return found;
}

const HTTP = /^\s*http:\/\/(?:[^/?#@\s]*@)?(\[[^\]]*\]|[^/?#:\s]*)/i;
const HERE = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/i;

function plainHttp(node: Node | null): readonly Diagnostic[] {
  if (node?.kind !== 'scalar' || typeof node.value !== 'string') return [];
  const host = HTTP.exec(node.value)?.[1];
  if (host === undefined || host === '' || host.includes('$') || HERE.test(host)) return [];
  const message = `What goes to ‘${host}’ and comes from there can be read on the way. Use https.`;
  return [finding('plain-http', innerRange(node), message)];
}
