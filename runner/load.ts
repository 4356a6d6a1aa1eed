/**
 * Reads and compiles a workflow for running it; what is wrong is a StartError.
 *
 * What is an error is what `backstep validate` calls one: the severities of the workspace hold. A run that has begun goes
 * on whatever they say since then, as long as its text can be compiled at all.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DIAGNOSTICS, analyse, compile, readRules, validateJson } from '../language/index.ts';
import type { Diagnostic, Json, ParseModule, Plan, Resource, Rules } from '../language/index.ts';
import { boundariesOf, placedIn } from './boundary.ts';
import type { Journal, RunSummary, Texts } from './journal/journal.ts';
import { settingsOf } from './journal/locate.ts';
import type { RunRecord } from './machine/index.ts';
import type { StartError } from './start-error.ts';

export interface Loaded {
  readonly file: string;
  readonly text: string;
  /** SHA-256 of the text, in hex. */
  readonly hash: string;
  readonly plan: Plan;
  /** The files that the workflow names, by their paths as it asked for them. */
  readonly resources: Resources;
}

/** Texts of files by their paths, relative to the workflow's folder; null for a file that was not there. */
type Resources = ReadonlyMap<string, string | null>;

type Loading = Loaded | { readonly error: StartError };

/**
 * Reads the workflow in `file`, or takes `text` as its content, and compiles it with the files that it names. With
 * `parseModule` calls of modules are also checked against their types, as `backstep validate` does.
 */
export function load(file: string, text?: string, parseModule?: ParseModule): Loading {
  const path = resolve(file);
  const read = text === undefined ? readText(path) : { text };
  if ('unreadable' in read) return { error: { code: 'unreadable-file', message: read.unreadable, file: path } };
  const rules = rulesOf(path);
  const loaded = compiled(path, read.text, new Map(), rules);
  return 'error' in loaded || parseModule === undefined ? loaded : typed(loaded, rules, parseModule);
}

/** What a run is bound to: its text, and the files that it named as they were then. Raises a JournalError. */
export function loadRecorded(journal: Pick<Journal, 'text'>, { run, file, hash, resources }: RecordedText): Loading {
  const text = journal.text(hash);
  const others = resources === null ? '[]' : journal.text(resources);
  if (text !== null && others !== null)
    return compiled(file, text, new Map(JSON.parse(others) as [string, string][]), RECORDED);
  const message = `The journal has lost the text of the run ${run}.`;
  return { error: { code: 'journal', message, journal: 'journal-damaged' } };
}

/** Which text a run is bound to. */
export type RecordedText = Pick<RunSummary, 'run' | 'version' | 'file' | 'hash' | 'resources'>;

/** The text that held for a run with these records when record `seq` was its last one (section 11). */
export function textAt(summary: RecordedText, records: readonly RunRecord[], seq: number): RecordedText {
  const { run } = summary;
  // A migration that came later tells what held before it.
  for (const record of records) if (record.type === 'run.migrated' && record.seq > seq) return { run, ...record.from };
  return summary;
}

/** The texts that a run of `loaded` keeps in its journal, and the hash of its resources among them. */
export function textsOf({ hash, text, resources }: Loaded): {
  readonly texts: Texts;
  readonly resources: string | null;
} {
  if (resources.size === 0) return { texts: [[hash, text]], resources: null };
  const others = JSON.stringify([...resources]);
  return {
    texts: [
      [hash, text],
      [hashOf(others), others],
    ],
    resources: hashOf(others),
  };
}

/** Rules by which only what cannot be compiled is refused. */
const RECORDED: Rules = Object.fromEntries(Object.keys(DIAGNOSTICS).map((code) => [code, 'off']));

/** The severities that hold for `file`; what is wrong in the settings themselves is said where files are checked. */
function rulesOf(file: string): Rules {
  const settings = textOfFile(settingsOf(file));
  return settings === null ? {} : readRules(settings).rules;
}

/** The latest compilations, the oldest first: many runs of one workflow share its plan. */
const compilations = new Map<string, Loaded>();
const KEPT = 64;

/** Compiles `text`, unless it was before; a file that is not among `known` is read. */
function compiled(file: string, text: string, known: Resources, rules: Rules): Loading {
  let boundaries: readonly string[] | null = null;
  const outside = new Set<string>();
  const textOf = (path: string): string | null => {
    const recorded = known.get(path);
    if (recorded != null) return recorded;
    const place = resolve(dirname(file), path);
    boundaries ??= boundariesOf(file);
    const placed = placedIn(boundaries, place);
    if (!('refused' in placed)) return textOfFile(placed.path);
    if (placed.refused === 'absent') return textOfFile(place);
    outside.add(path);
    return null;
  };
  const key = JSON.stringify([file, text, rules === RECORDED ? 'recorded' : rules]);
  const before = compilations.get(key);
  if (before !== undefined && [...before.resources].every(([path, other]) => textOf(path) === other)) return before;
  const resources = new Map(known);
  const resource = (path: string): Resource => {
    const other = resources.get(path) ?? textOf(path);
    resources.set(path, other);
    return other === null ? { kind: 'missing' } : { kind: 'text', text: other };
  };
  const result = compile(text, { file, resource, rules });
  if (outside.size > 0) {
    const names = [...outside].join(', ');
    const message = `The workflow ${file} names ${names}, outside of its workspace ${boundariesOf(file)[0] ?? ''}; it was not run. Move that inside, or allow its folder with BACKSTEP_ALLOW_PATHS.`;
    return { error: { code: 'invalid-workflow', message, file, text, findings: [] } };
  }
  if (result.ok) {
    const loaded = { file, text, hash: hashOf(text), plan: result.plan, resources };
    const [oldest] = compilations.keys();
    if (oldest !== undefined && compilations.size >= KEPT) compilations.delete(oldest);
    compilations.set(key, loaded);
    return loaded;
  }
  const analysis = rules === RECORDED ? analyse(text, { file, resource }) : result.analysis;
  return { error: invalid(file, text, analysis.diagnostics.filter(isError)) };
}

/** What was read for the types of a compiled workflow's modules, and what is wrong by them. */
interface Typing {
  readonly read: Resources;
  readonly findings: readonly Diagnostic[];
}

const typings = new WeakMap<Loaded, Typing>();

/**
 * Holds calls of modules against their types. That is looked at for itself, after the compilation: the run is bound to the
 * files that the plan came from, and not to those that only types came from.
 */
function typed(loaded: Loaded, rules: Rules, parseModule: ParseModule): Loading {
  const { file, text, plan } = loaded;
  if (!plan.participants.some(({ provider }) => provider.kind === 'module')) return loaded;
  const textOf = (path: string): string | null => {
    const place = resolve(dirname(file), path);
    return 'refused' in placedIn(boundariesOf(file), place) ? null : textOfFile(place);
  };
  let typing = typings.get(loaded);
  if (typing === undefined || ![...typing.read].every(([path, other]) => textOf(path) === other)) {
    const read = new Map<string, string | null>();
    const resource = (path: string): Resource => {
      const other = textOf(path);
      read.set(path, other);
      return other === null ? { kind: 'missing' } : { kind: 'text', text: other };
    };
    const { diagnostics } = analyse(text, { file, resource, rules, parseModule });
    typing = { read, findings: diagnostics.filter(isError) };
    typings.set(loaded, typing);
  }
  return typing.findings.length === 0 ? loaded : { error: invalid(file, text, typing.findings) };
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

function invalid(file: string, text: string, findings: readonly Diagnostic[]): StartError {
  const more = findings.length === 1 ? 'an error' : `${findings.length} errors`;
  return {
    code: 'invalid-workflow',
    message: `The workflow ${file} has ${more}; it was not run.`,
    file,
    text,
    findings,
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What keeps `input` from fitting the workflow's schema, as a sentence; null when it fits. */
export function misfitOfInput(plan: Plan, input: Json): string | null {
  const findings = plan.input === null ? [] : validateJson(plan.input, input);
  if (findings.length === 0) return null;
  const what = findings.slice(0, 5).map(({ message }) => message);
  return `The input does not fit the workflow ${plan.workflow}: ${what.join('; ')}. No run was begun.`;
}

function readText(file: string): { readonly text: string } | { readonly unreadable: string } {
  try {
    return { text: readFileSync(file, 'utf8') };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { unreadable: `There is no file ${file}.` };
    if (code === 'EISDIR') return { unreadable: `${file} is a folder; name a workflow file in it.` };
    return { unreadable: `The file ${file} cannot be read: ${message}.` };
  }
}

function textOfFile(file: string): string | null {
  const read = readText(file);
  return 'text' in read ? read.text : null;
}
