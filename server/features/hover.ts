/** What stands under the pointer, explained: keys, names, choices, and what expressions read and call. */
import {
  type Analysis,
  type Declaration,
  declarationAt,
  functionNamed,
  type Range,
  referenceAt,
  type Root,
  rootNamed,
  signatureOf,
  stringOf,
  toJson,
  touches,
  typeAt,
  typeInWords,
  valueOf,
} from '../../language/index.ts';
import { expectedAt, rootShape } from './completion/expected.ts';
import { documentationOf } from './completion/keys.ts';
import { bindingOf, operationNamed, signatureOf as operationSignature, summaryOf } from './operations.ts';
import { actionDetail } from './outline.ts';
import { lastValueAt } from './last-value.ts';
import type { Surroundings } from './roots.ts';
import { wayAt } from './way.ts';

export interface Hover {
  readonly range: Range;
  /** Markdown. */
  readonly text: string;
}

/** The explanation of what stands at `offset`, or null where there is nothing to explain. */
export function hoverAt(
  analysis: Analysis,
  file: string | undefined,
  offset: number,
  surroundings: Surroundings,
): Hover | null {
  const hover = explained(analysis, file, offset, surroundings);
  const id = analysis.workflow.id?.value;
  const { lastRun } = surroundings;
  const last =
    id === undefined || lastRun === undefined ? null : lastValueAt(analysis, offset, () => lastRun(id, analysis.text));
  return hover === null || last === null ? (hover ?? last) : { ...hover, text: lines(hover.text, last.text) };
}

function explained(
  analysis: Analysis,
  file: string | undefined,
  offset: number,
  surroundings: Surroundings,
): Hover | null {
  const name = nameHover(analysis, offset);
  if (name !== null) return name;
  const way = wayAt(analysis.tree, offset);
  if (way === null) return null;
  const expected = expectedAt(analysis, way.path, rootShape(file));
  const inExpression = expressionHover(analysis, offset, surroundings);
  if (inExpression !== null) return inExpression;
  if (way.key !== null) {
    const key = expectedAt(analysis, [...way.path, way.key.key.text], rootShape(file));
    if (key.key === null || key.key.name !== way.key.key.text || key.holder?.node !== expected.node) return null;
    return { range: way.key.key.range, text: `**${key.key.name}** — ${documentationOf(key.key)}` };
  }
  if (way.node?.kind !== 'scalar') return null;
  const text = stringOf(way.node);
  for (const type of expected.types) {
    const option = type.is === 'choice' ? type.options.find((one) => one.value === text) : undefined;
    if (option !== undefined) return { range: way.node.range, text: `**${option.value}** — ${option.documentation}` };
  }
  return null;
}

function nameHover(analysis: Analysis, offset: number): Hover | null {
  const declaration = declarationAt(analysis.symbols, offset);
  if (declaration === null) return null;
  const range = referenceAt(analysis.symbols, offset)?.range ?? declaration.range;
  const text = describe(analysis, declaration);
  if (text === null) return null;
  // In an expression the name is a value, too.
  const found = ['state', 'variable'].includes(declaration.kind) ? typeAt(analysis, offset) : null;
  const words = found?.part.type === 'name' ? typeInWords(found.type) : 'any';
  return { range, text: lines(text, words === 'any' ? undefined : code(words)) };
}

/** A declaration in a few lines of Markdown. */
function describe(analysis: Analysis, declaration: Declaration): string | null {
  const { workflow } = analysis;
  const named = <T extends { readonly name: string }>(all: readonly T[]): T | undefined =>
    all.find((one) => one.name === declaration.name);
  switch (declaration.kind) {
    case 'state':
      return declaration.state === null ? null : describeState(declaration.state);
    case 'participant': {
      const one = named(workflow.participants);
      const provider = one?.openapi ?? one?.module ?? one?.role ?? null;
      const operations = [...(analysis.operations.get(declaration.name)?.operations.keys() ?? [])];
      return lines(
        `**participant \`${declaration.name}\`**${provider === null ? '' : ` — ${code(provider.value)}`}`,
        stringOf(valueOf(one?.node, 'description')),
        operations.length > 0 ? `Operations: ${operations.map(code).join(', ')}` : undefined,
      );
    }
    case 'operation': {
      const full = `${declaration.participant ?? ''}.${declaration.name}`;
      const known = operationNamed(analysis, full);
      if (known === null) return null;
      const binding = bindingOf(known);
      const signature = operationSignature(known);
      return lines(
        `**operation \`${full}\`**${binding === '' ? '' : ` — ${code(binding)}`}`,
        signature === null ? undefined : `\`\`\`ts\n${signature}\n\`\`\``,
        summaryOf(known) ?? undefined,
      );
    }
    case 'event':
    case 'error': {
      const one = declaration.kind === 'event' ? named(workflow.events) : named(workflow.errors);
      return lines(`**${declaration.kind} \`${declaration.name}\`**`, stringOf(valueOf(one?.node, 'description')));
    }
    case 'policy': {
      const one = declaration.policy === null ? undefined : named(workflow.policies[declaration.policy]);
      const settings = one === undefined ? '' : ` — ${code(JSON.stringify(toJson(one.node)))}`;
      return `**${declaration.policy ?? ''} policy \`${declaration.name}\`**${settings}`;
    }
    case 'variable': {
      const one = declaration.scope === null ? undefined : named(declaration.scope.vars);
      const initial = one === undefined ? '' : ` — at first ${code(JSON.stringify(toJson(one.node)))}`;
      return `**variable \`${declaration.name}\`**${initial}`;
    }
    case 'item':
      // As for any part of an expression, its type says what it is.
      return null;
    case 'outcome':
      return `**outcome \`${declaration.name}\`**${declaration.state === null ? '' : ` of ${code(declaration.state.name)}`}`;
  }
}

function describeState(state: NonNullable<Declaration['state']>): string {
  const does = actionDetail(state.action);
  const undo = state.compensate;
  const next = state.next.flatMap((transition) => transition.next?.value ?? []);
  return lines(
    `**state \`${state.name}\`**${does === '' ? '' : ` — ${code(does)}`}`,
    stringOf(valueOf(state.node, 'title')),
    stringOf(valueOf(state.node, 'description')),
    next.length > 0 ? `Goes on to ${next.map(code).join(', ')}.` : undefined,
    undo === null || undo.none
      ? undefined
      : `Undone by ${code(actionDetail(undo.action))}${undo.after === 'attempt' ? ', from the attempt on' : ''}.`,
    state.pivot ? 'After this state there is no way back.' : undefined,
  );
}

function expressionHover(analysis: Analysis, offset: number, { environment }: Surroundings): Hover | null {
  for (const site of analysis.sites) {
    if (!touches(site.node.range, offset)) continue;
    for (const { expression, parsed } of site.read.expressions) {
      if (!touches(expression.range, offset)) continue;
      for (const call of parsed.calls) {
        const known = touches(call.range, offset) ? functionNamed(call.name) : null;
        if (known !== null) {
          return { range: call.range, text: lines(`\`\`\`\n${signatureOf(known)}\n\`\`\``, known.documentation) };
        }
      }
      const variable = parsed.reads.find(({ root, path: [first] }) => {
        return (
          root === 'env' && first !== undefined && touches(first.range, offset) && environment.includes(first.name)
        );
      });
      const [name] = variable?.path ?? [];
      if (name !== undefined) {
        return { range: name.range, text: `**${name.name}** — set by the \`.env\` file beside the workflow.` };
      }
      const root = parsed.reads.find((read) => touches(read.rootRange, offset));
      return typedHover(analysis, offset, root === undefined ? null : rootNamed(root.root));
    }
  }
  return null;
}

/** A part of an expression with its type; `root` is the root that it is, if it is one. */
function typedHover(analysis: Analysis, offset: number, root: Root | null): Hover | null {
  const found = typeAt(analysis, offset);
  if (found === null || !['name', 'variable'].includes(found.part.type)) return null;
  const { part, range, type, field } = found;
  const words = typeInWords(type);
  if (root !== null) {
    return {
      range,
      text: lines(`**${root.name}** — ${root.documentation}`, words === 'any' ? undefined : code(words)),
    };
  }
  const name = part.type === 'variable' ? `$${part.value}` : part.type === 'name' ? part.value : '';
  const about = field?.documentation ?? undefined;
  return words === 'any' && about === undefined ? null : { range, text: lines(`**${name}**: ${code(words)}`, about) };
}

function lines(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}

function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}
