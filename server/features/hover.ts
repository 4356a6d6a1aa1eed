/** What stands under the pointer, explained: keys, names, choices, and what expressions read and call. */
import {
  type Analysis,
  type Declaration,
  declarationAt,
  functionNamed,
  type Range,
  referenceAt,
  rootNamed,
  schemaAt,
  signatureOf,
  stringOf,
  toJson,
  touches,
  valueOf,
} from '../../language/index.ts';
import { type Expected, expectedAt, rootShape } from './completion/expected.ts';
import { documentationOf } from './completion/keys.ts';
import { bindingOf, operationNamed, summaryOf } from './operations.ts';
import { actionDetail } from './outline.ts';
import { schemaOfPath, type Surroundings } from './roots.ts';
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
  const name = nameHover(analysis, offset);
  if (name !== null) return name;
  const way = wayAt(analysis.tree, offset);
  if (way === null) return null;
  const expected = expectedAt(analysis, way.path, rootShape(file));
  const inExpression = expressionHover(analysis, offset, expected, surroundings);
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
  return text === null ? null : { range, text };
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
      return lines(
        `**operation \`${full}\`**${binding === '' ? '' : ` — ${code(binding)}`}`,
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

function expressionHover(
  analysis: Analysis,
  offset: number,
  expected: Expected,
  surroundings: Surroundings,
): Hover | null {
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
      for (const read of parsed.reads) {
        if (touches(read.rootRange, offset)) {
          const root = rootNamed(read.root);
          if (root !== null) return { range: read.rootRange, text: `**${root.name}** — ${root.documentation}` };
        }
        const at = read.path.findIndex((step) => touches(step.range, offset));
        const step = read.path[at];
        if (step === undefined) continue;
        const names = [read.root, ...read.path.slice(0, at).map((one) => one.name)];
        return propertyHover(analysis, names, step, expected, surroundings);
      }
    }
  }
  return null;
}

function propertyHover(
  analysis: Analysis,
  path: readonly string[],
  step: { readonly name: string; readonly range: Range },
  expected: Expected,
  surroundings: Surroundings,
): Hover | null {
  const found = schemaOfPath(analysis, [...path, step.name], expected, surroundings);
  if (found === null) return null;
  const schema = schemaAt(found.schema, found.rest);
  if (schema === null || typeof schema === 'boolean') return null;
  const own = (key: string): unknown => (Object.hasOwn(schema, key) ? schema[key] : undefined);
  const type = own('type');
  const about = own('description') ?? own('title');
  if (type === undefined && about === undefined) return null;
  const shown = Array.isArray(type) ? type.join(' | ') : typeof type === 'string' ? type : 'any';
  return {
    range: step.range,
    text: lines(`**${step.name}**: ${code(shown)}`, typeof about === 'string' ? about : undefined),
  };
}

function lines(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}

function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}
