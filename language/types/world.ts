/**
 * The types of one file: everything is worked out when it is first asked for, and kept for as long as the file is.
 *
 * 1. A question that leads back to itself, as in a loop of states, is answered with `unknown`.
 * 2. Chains of results are followed over a bounded number of states; what lies behind is unknown.
 */
import type { LanguageContext } from '../context.ts';
import type { LocatedExpression, ReadTemplate } from '../expressions/template.ts';
import { isJsonObject } from '../json.ts';
import type { ParticipantOperations } from '../operations.ts';
import type { Expression, Template } from '../plan.ts';
import type { TemplateSite } from '../sites.ts';
import { type Node, toJson } from '../tree.ts';
import type { Scope, State, Workflow } from '../workflow.ts';
import { typeOfSchema } from './from-schema.ts';
import { type Inferred, inferTree } from './infer.ts';
import type { Place, Places } from './places.ts';
import type { Schema } from './schema.ts';
import {
  type Field,
  field,
  listOf,
  objectOf,
  recorded,
  STRING,
  type Type,
  typeOfJson,
  unionOrUnknown,
  UNKNOWN,
} from './type.ts';

/** What types are worked out from; an `Analysis` is one. */
export interface TypedFile {
  readonly workflow: Workflow;
  readonly operations: ReadonlyMap<string, ParticipantOperations>;
  readonly sites: readonly TemplateSite[];
  readonly context: LanguageContext;
}

export interface World {
  readonly file: TypedFile;
  /** How many files away from the one that is looked at: child workflows of children are followed a little. */
  readonly distance: number;
  readonly places: Places;
  readonly siteOf: Map<Node, TemplateSite>;
  /** The object of all roots, as expressions at a place see it. */
  readonly documentAt: (spot: Spot) => Type;
  /** The types of another file. */
  readonly worldOf: (file: TypedFile, distance: number) => World;
  readonly results: Map<State, Type>;
  readonly rawResults: Map<State, Type>;
  readonly variables: Map<Node, Type>;
  /** `vars` and `results` as the expressions in a scope see them. */
  readonly scopes: WeakMap<Scope, { readonly vars: Field; readonly results: Field }>;
  /** The roots that are the same everywhere. */
  readonly roots: Map<string, Field>;
  readonly children: Map<string, World | null>;
  readonly inferred: Map<LocatedExpression, Inferred>;
  readonly values: Map<ReadTemplate, Type>;
  /** The values that are assigned to each variable, by the node of its declaration; made when it is first needed. */
  assignments: ReadonlyMap<Node, readonly Node[]> | null;
  /** The questions that are being answered at the moment, one inside the other. */
  readonly open: { readonly answers: object; readonly key: object }[];
  /** The outermost of them that something led back to since it was last asked. */
  leads: number;
  /** Answers that hold only as long as the outermost question is open. */
  readonly provisional: Map<object, Map<object, unknown>>;
}

/** What a place in the file gives to expressions: a site, or a place where none is yet. */
export interface Spot extends Pick<TemplateSite, 'scope' | 'state'> {
  /** Null where nothing is written yet that could be found again. */
  readonly node: Node | null;
  /** What is known of the place otherwise, where `node` is null. */
  readonly place?: Partial<Place>;
}

/** How many results and variables are followed in a row. */
const MAX_DEPTH = 40;

const schemas = new WeakMap<Node, Type>();

/** The types in an expression that stands at `site`. */
export function inferredOf(world: World, site: Spot, located: LocatedExpression): Inferred {
  const known = world.inferred.get(located);
  if (known !== undefined) return known;
  const { tree, source } = located.parsed;
  if (tree === null) return { type: UNKNOWN, problems: [] };
  return settled(world, world.inferred, located, () => inferTree(tree, source, world.documentAt(site)));
}

/** The type of what is written at `node`, expressions evaluated; unknown where the file holds no such value. */
export function typeOfValue(world: World, node: Node | null | undefined): Type {
  const site = node === null || node === undefined ? undefined : world.siteOf.get(node);
  return site === undefined ? UNKNOWN : typeOfSite(world, site);
}

/** The type of the value at a site. */
export function typeOfSite(world: World, site: TemplateSite): Type {
  const known = world.values.get(site.read);
  if (known !== undefined) return known;
  return settled(world, world.values, site.read, () => typeOfTemplate(world, site, site.read.template, locator(site)));
}

type Locator = (expression: Expression) => LocatedExpression | undefined;

/** Finds what is known of an expression of the site’s template. */
function locator({ read: { expressions } }: TemplateSite): Locator {
  if (expressions.length <= 4) return (expression) => expressions.find((one) => one.expression === expression);
  const located = new Map(expressions.map((one) => [one.expression, one]));
  return (expression) => located.get(expression);
}

function typeOfTemplate(world: World, site: TemplateSite, template: Template, located: Locator): Type {
  switch (template.kind) {
    case 'literal':
      return typeOfJson(template.value);
    case 'text':
      return STRING;
    case 'expression': {
      const one = located(template.expression);
      return one === undefined ? UNKNOWN : recorded(inferredOf(world, site, one).type);
    }
    case 'list':
      return listOf(() => unionOrUnknown(template.items.map((item) => typeOfTemplate(world, site, item, located))));
    case 'object':
      return objectOf(
        new Map(
          template.fields.map(({ name, value }) => [name, field(() => typeOfTemplate(world, site, value, located))]),
        ),
      );
  }
}

/** The type that the schema in `node` describes; unknown where there is none. */
export function typeOfSchemaNode(node: Node | null | undefined): Type {
  if (node === null || node === undefined) return UNKNOWN;
  const known = schemas.get(node);
  if (known !== undefined) return known;
  const json = toJson(node);
  const schema: Schema | null = typeof json === 'boolean' || isJsonObject(json) ? json : null;
  const type = schema === null ? UNKNOWN : typeOfSchema(schema);
  schemas.set(node, type);
  return type;
}

/** Answers a question about `key` once; while it is being answered, and far down a chain, the answer is unknown. */
export function remembered<K extends object>(world: World, answers: Map<K, Type>, key: K, make: () => Type): Type {
  const known = answers.get(key);
  if (known !== undefined) return known;
  const { open } = world;
  const at = open.findIndex((one) => one.key === key && one.answers === answers);
  if (at >= 0 || open.length >= MAX_DEPTH) {
    world.leads = Math.min(world.leads, Math.max(0, at));
    return UNKNOWN;
  }
  open.push({ answers, key });
  try {
    return settled(world, answers, key, make);
  } finally {
    open.pop();
    if (open.length === 0) world.provisional.clear();
  }
}

/** Works something out as it would be while the question about `key` is being answered. */
export function whileOpen<K extends object, T>(world: World, answers: Map<K, Type>, key: K, make: () => T): T {
  const { open, leads } = world;
  const known = answers.get(key);
  answers.delete(key);
  open.push({ answers, key });
  try {
    return make();
  } finally {
    open.pop();
    world.leads = leads;
    if (open.length === 0) world.provisional.clear();
    if (known !== undefined) answers.set(key, known);
  }
}

/**
 * Makes an answer and keeps it. What was found while a question around it was still open, and that led back to that
 * question, is kept no longer than until it is answered: asked for by itself, the answer may be a better one. So answers
 * do not depend on what was asked before.
 */
function settled<K extends object, V>(world: World, answers: Map<K, V>, key: K, make: () => V): V {
  const provisional = world.provisional.get(answers)?.get(key) as V | undefined;
  if (provisional !== undefined) return leadingOut(world, provisional);
  const before = world.leads;
  world.leads = Infinity;
  // A question of its own stands last; what leads back to it alone is settled with it.
  const last = world.open.at(-1);
  const own = last?.key === key && last.answers === answers ? world.open.length - 1 : world.open.length;
  try {
    const made = make();
    if (world.leads >= own) answers.set(key, made);
    else keepMeanwhile(world, answers, key, made);
    return made;
  } finally {
    world.leads = Math.min(before, world.leads >= own ? Infinity : world.leads);
  }
}

function keepMeanwhile(world: World, answers: object, key: object, answer: unknown): void {
  const known = world.provisional.get(answers);
  if (known === undefined) world.provisional.set(answers, new Map([[key, answer]]));
  else known.set(key, answer);
}

/** An answer that led back to a question around it does so again. */
function leadingOut<V>(world: World, answer: V): V {
  world.leads = 0;
  return answer;
}
