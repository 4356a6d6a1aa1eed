/** What is known of one version of one file: everything that the editor's features and the runner start from. */
import { buildWorkflow, type Built } from './build/build.ts';
import { declareSymbols } from './build/symbols.ts';
import { type CheckedFile, type Part, PART_RULES, WHOLE_RULES } from './check.ts';
import { type DiagnosticCode, DIAGNOSTICS } from './codes.ts';
import { isScenarioFile, type LanguageContext } from './context.ts';
import { applyRules, type Diagnostic, finding, suppressions } from './diagnostics.ts';
import { lowerWorkflow } from './lower/lower.ts';
import { operationsOf, type ParticipantOperations } from './operations.ts';
import { parse } from './parse.ts';
import type { Plan } from './plan.ts';
import type { ShapeName } from './schema/types.ts';
import type { TemplateSite } from './sites.ts';
import { type Steps, toEnd } from './steps.ts';
import type { SymbolTable } from './symbols.ts';
import { lineIndex, type LineIndex, positionAt } from './text.ts';
import { entryOf, type Tree } from './tree.ts';
import { checkForm } from './validate/form.ts';
import { type Saga, sagaOf } from './validate/saga-model.ts';
import type { Workflow } from './workflow.ts';

export interface Analysis {
  readonly text: string;
  readonly lines: LineIndex;
  readonly tree: Tree;
  /** What kind of file it is: its outermost shape. */
  readonly shape: Extract<ShapeName, 'workflow' | 'scenarios'>;
  readonly workflow: Workflow;
  /** Which state and which scope a node of the tree is. */
  readonly built: Built;
  /** The operations of each participant, by its name. */
  readonly operations: ReadonlyMap<string, ParticipantOperations>;
  /** Every value in which expressions may stand. */
  readonly sites: readonly TemplateSite[];
  readonly symbols: SymbolTable;
  /** What to show: with the severities of the rules, without what a comment silences. In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether something is wrong that no rule and no comment can make right: such a workflow has no plan. */
  readonly broken: boolean;
  readonly context: LanguageContext;
}

export type Compiled =
  | { readonly ok: true; readonly plan: Plan; readonly analysis: Analysis }
  | { readonly ok: false; readonly analysis: Analysis };

/** Reads and checks a file. It never throws, whatever the text; what is wrong stands in `diagnostics`. */
export function analyse(text: string, context: LanguageContext = {}): Analysis {
  return toEnd(analyseInSteps(text, context));
}

/** The same in slices. A file that can’t be taken to units has some that are long: reading it, and the types in it. */
export function* analyseInSteps(text: string, context: LanguageContext = {}): Steps<Analysis> {
  const lines = lineIndex(text);
  const tree = parse(text);
  yield;
  const shape = shapeOf(tree, context);
  const built = buildWorkflow(shape === 'workflow' ? tree : { ...tree, root: null });
  const { workflow } = built;
  const operations = operationsOf(workflow, context);
  yield;
  const { findings: form, sites } = checkForm(tree.root, text, built, shape);
  yield;
  const { declarations, usesIn } = declareSymbols(workflow, operations);
  const { scopes, states } = workflow;
  const references = usesIn({ isHead: true, scopes, states, sites });
  const symbols = { declarations: declarations(), references };
  let saga: Saga | null = null;
  const file: CheckedFile = {
    text,
    tree,
    shape,
    workflow,
    operations,
    symbols,
    sites,
    context,
    get saga() {
      return (saga ??= sagaOf(workflow, operations));
    },
  };
  const all: Diagnostic[] = [...unreadable(tree)];
  if (tree.problems.length > 0) all.push(...beforeFirstProblem(form, tree, lines));
  else {
    const part: Part = { isHead: true, root: tree.root, scopes, states, sites, references, form };
    for (const check of Object.values(PART_RULES)) {
      yield;
      all.push(...check(file, part));
    }
    for (const { check } of WHOLE_RULES) {
      yield;
      all.push(...check(file));
    }
  }
  return {
    text,
    lines,
    tree,
    shape,
    workflow,
    built,
    operations,
    sites,
    symbols,
    ...shown(text, lines, tree, all, context),
    context,
  };
}

/** What is shown of all findings, and whether one of them leaves the workflow without a plan. */
export function shown(
  text: string,
  lines: LineIndex,
  tree: Tree,
  all: readonly Diagnostic[],
  context: LanguageContext,
): Pick<Analysis, 'diagnostics' | 'broken'> {
  const isSuppressed = suppressions(text, lines, tree.comments);
  const diagnostics = applyRules(all, context.rules ?? {}, isSuppressed);
  const broken = all.some(({ code }) => DIAGNOSTICS[code].blocking && DIAGNOSTICS[code].severity === 'error');
  return { diagnostics, broken };
}

function unreadable(tree: Tree): readonly Diagnostic[] {
  return [
    ...tree.problems.map(({ message, range }) => finding('yaml-syntax', range, message)),
    ...tree.unquoted.map((range) => {
      const message = 'Here YAML takes signs of the expression for its own. Put the whole value into double quotes.';
      return finding('unquoted-expression', range, message, { fixes: [{ kind: 'quote', range }] });
    }),
  ];
}

/**
 * Makes the plan of a workflow. It has none while a finding is an error, by the severities of `context.rules` and after
 * comments that silence one, nor while one stands that the plan cannot do without, whatever those say.
 */
export function compile(text: string, context: LanguageContext = {}): Compiled {
  const analysis = analyse(text, context);
  const refused = analysis.diagnostics.some(({ severity }) => severity === 'error');
  if (refused || analysis.broken || analysis.shape !== 'workflow') return { ok: false, analysis };
  return { ok: true, plan: lower(analysis), analysis };
}

/** The plan of what stands in a file, right or not: whole when `compile` gives it, else only fit to be drawn. */
export function lower(analysis: Analysis): Plan {
  const { text, workflow, operations, sites } = analysis;
  const values = new Map(sites.map((site) => [site.node, site.read]));
  return lowerWorkflow({ text, workflow, operations, values });
}

/** What kind of file a tree is, by its name and by what it holds. */
export function shapeOf(tree: Tree, context: LanguageContext): 'workflow' | 'scenarios' {
  if (context.file !== undefined && isScenarioFile(context.file)) return 'scenarios';
  const isScenarios = entryOf(tree.root, 'scenarios') !== undefined && entryOf(tree.root, 'states') === undefined;
  return isScenarios ? 'scenarios' : 'workflow';
}

/** Codes of the form that are about what is there and not about what is missing. */
const ABOUT_WHAT_IS_THERE: readonly DiagnosticCode[] = [
  'duplicate-key',
  'unknown-key',
  'many-kinds',
  'bad-duration',
  'bad-name',
  'bad-schema',
  'bad-version',
];

/**
 * While a line can't be read, what stands behind it may be misread, and what is missing may be on it. Only findings on
 * the lines before it, and only about what is there, are kept.
 */
function beforeFirstProblem(findings: readonly Diagnostic[], tree: Tree, lines: LineIndex): readonly Diagnostic[] {
  const line = Math.min(...tree.problems.map(({ range }) => positionAt(lines, range.start).line));
  return findings.filter(({ code, range }) => {
    return ABOUT_WHAT_IS_THERE.includes(code) && positionAt(lines, range.end).line < line;
  });
}
