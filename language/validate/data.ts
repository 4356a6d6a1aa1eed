/**
 * Family data, as far as it needs types: what expressions read and compare, what operations are given, results that may
 * not be there, variables that are not one's own. Section 13 of the language reference.
 *
 * Nothing is reported where a type is not known: a finding says that no value that the schemas allow could be right.
 */
import { type Diagnostic, finding, type FixData } from '../diagnostics.ts';
import type { LocatedExpression } from '../expressions/template.ts';
import { within } from '../moving.ts';
import type { TemplateSite } from '../sites.ts';
import type { Reference } from '../symbols.ts';
import type { Range } from '../text.ts';
import { valueOf } from '../tree.ts';
import { never } from '../types/operators.ts';
import { worldOf } from '../types/typing.ts';
import { type Type, UNKNOWN, valuesOf } from '../types/type.ts';
import { typeInSentence } from '../types/words.ts';
import { inferredOf, type TypedFile, typeOfValue, type World } from '../types/world.ts';
import type { Scope, State } from '../workflow.ts';
import { checkCalls } from './data-arguments.ts';

/** A part of a file: everything in it, or a unit. */
export interface DataPart {
  readonly states: readonly State[];
  readonly sites: readonly TemplateSite[];
  readonly references: readonly Reference[];
}

/** The findings of the family that need types, about a part of `file`. */
export function checkData(file: TypedFile, part: DataPart): readonly Diagnostic[] {
  const world = worldOf(file);
  return [
    ...part.sites.flatMap((site) => checkSite(world, site)),
    ...part.states.flatMap((state) => {
      const { action } = state;
      if (action?.kind === 'foreach') return checkList(world, action.in);
      return action?.kind === 'wait' ? checkTime(world, valueOf(action.entry.value, 'until')) : [];
    }),
    ...checkCalls(world, part.states),
    ...outerAssignments(part.references),
  ];
}

function checkSite(world: World, site: TemplateSite): readonly Diagnostic[] {
  const found = site.read.expressions.flatMap((located) => problemsOf(world, site, located));
  if (site.type === 'condition') found.push(...checkCondition(world, site));
  return found;
}

function problemsOf(world: World, site: TemplateSite, located: LocatedExpression): Diagnostic[] {
  const { place } = located.parsed;
  const placed = ({ start, end }: Range): Range => within(located.expression.range, place(start), place(end));
  return inferredOf(world, site, located).problems.map(({ code, range, message, replacements, removal }) => {
    const where = placed(range);
    const fixes: FixData[] = replacements.length === 0 ? [] : [{ kind: 'replace', range: where, with: replacements }];
    if (removal != null) fixes.push({ kind: 'rewrite', title: 'Remove it', range: placed(removal), text: '' });
    return finding(code, where, message, { fixes });
  });
}

/** A guard must be able to give both answers. */
function checkCondition(world: World, site: TemplateSite): readonly Diagnostic[] {
  const { node } = site;
  const always = (value: boolean, range: Range): Diagnostic => {
    const message = `This condition is always ${String(value)}. ${value ? 'Leave it out' : 'Remove what depends on it'}, or compare something.`;
    return finding('constant-condition', range, message);
  };
  // A guard that is written as `true` is a way to say that a transition is the default.
  if (node.kind === 'scalar' && node.value === true) return [];
  if (node.kind === 'scalar' && node.value === false) return [always(false, node.range)];
  const [located] = site.read.expressions;
  if (located === undefined || !located.whole) return [];
  const range = sourceRange(located);
  const { tree } = located.parsed;
  if (tree?.type === 'value' && typeof tree.value === 'boolean') return [always(tree.value, range)];
  const { type } = inferredOf(world, site, located);
  const values = valuesOf(type).filter((value) => value.kind !== 'null');
  if (values.length === 0 || values.some(mayBeBoolean)) return [];
  const message = `This condition gives ${typeInSentence(type)}, not true or false. Compare it with something.`;
  return [finding('not-boolean', range, message)];
}

function mayBeBoolean(type: Type): boolean {
  if (type.kind === 'list' || type.kind === 'object') return !type.sure;
  if (type.kind === 'literal') return typeof type.value === 'boolean';
  return type.kind === 'boolean' || type.kind === 'unknown';
}

/** Where the expression's own text stands, spaces around it put aside. */
function sourceRange({ parsed, expression }: LocatedExpression): Range {
  const { source, place } = parsed;
  const start = place(source.length - source.trimStart().length);
  return within(expression.range, start, place(source.trimEnd().length));
}

/** `in` of a foreach must give a list. */
function checkList(world: World, node: TemplateSite['node'] | null): readonly Diagnostic[] {
  if (node === null) return [];
  const type = typeOfValue(world, node);
  const values = valuesOf(type);
  const isList = (value: Type): boolean =>
    ['list', 'null', 'unknown'].includes(value.kind) || (value.kind === 'object' && !value.sure);
  if (values.length === 0 || values.some(isList)) return [];
  const message = `‘in’ must give a list, but this is ${typeInSentence(type)}.`;
  return [finding('type-mismatch', node.range, message)];
}

/** `until` of a wait must give a timestamp, or milliseconds since 1970. */
function checkTime(world: World, node: TemplateSite['node'] | undefined): readonly Diagnostic[] {
  const type = node === undefined ? UNKNOWN : typeOfValue(world, node);
  if (node === undefined || !never(type, ['string', 'number'])) return [];
  return [finding('type-mismatch', node.range, `‘until’ must give a timestamp, but this is ${typeInSentence(type)}.`)];
}

/** Assignments out of a branch or an item: they run side by side. */
function outerAssignments(references: readonly Reference[]): readonly Diagnostic[] {
  return references.flatMap(({ kind, writes, target, scope, name, range }) => {
    if (kind !== 'variable' || !writes || target?.scope == null) return [];
    const left = boundary(scope, target.scope);
    if (left === null) return [];
    const where =
      left.kind === 'branch' ? `the branch ‘${left.name?.value ?? ''}’` : `an item of ‘${left.owner?.name ?? ''}’`;
    const message = `‘${name}’ belongs to the scope around ${where}, which others run beside. Give ${where} a variable of its own, or hand the value on by its output.`;
    const related = [{ message: `‘${name}’ is declared here.`, range: target.range }];
    return [finding('outer-assignment', range, message, { related })];
  });
}

/** The branch or the item that lies between a place in `from` and `outer`, which stands around it. */
function boundary(from: Scope, outer: Scope): Scope | null {
  for (let at: Scope | null = from; at !== null && at !== outer; at = at.parent) {
    if (at.kind === 'branch' || at.kind === 'item') return at;
  }
  return null;
}
