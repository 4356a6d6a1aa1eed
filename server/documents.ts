/**
 * The open documents and what is known of them.
 *
 * 1. A document is analysed when somebody asks for it, once for each state of it and of the files that it refers to.
 * 2. A file that is open counts as it stands in the editor, any other as it stands on the disk.
 * 3. The analysis of an open document follows its text: one that was got before a change is spent after it, and whoever
 *    waits for anything gets the document again.
 * 4. An analysis remembers what it read and what that was; it is fresh exactly as long as all of that is unchanged. So a
 *    client that tells of no changes on the disk gets right answers all the same, at the price of a look at each file.
 *    The runs that it asked for count as read, too, and the settings of the workspace.
 * 5. Where an analysis may wait it is made in slices. One that is outdated meanwhile is dropped; one that somebody needs at
 *    once is brought to its end.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { TextDocuments } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  analyse,
  analyseAgainInSteps,
  analyseInSteps,
  type Analysis,
  type KnownVersion,
  type LanguageContext,
  readRules,
  type Resource,
  type Rules,
  type Steps,
  toEnd,
} from '../language/index.ts';
import type { History } from './history.ts';
import { parseModule } from './module-parser.ts';
import { turn, workOn } from './slices.ts';
import { pathOf, uriKey, uriOf } from './uri.ts';

/** An open document at one version. */
export interface OpenDocument {
  /** As the client spells it. */
  readonly uri: string;
  readonly version: number;
  /** The path of the file, or null for a document that is none. */
  readonly file: string | null;
  readonly analysis: Analysis;
  /** Another one for each new analysis of the document. */
  readonly revision: number;
}

export interface Documents {
  /** The document with this URI as it stands now, or undefined if it is not open. */
  get(uri: string): OpenDocument | undefined;
  /**
   * The same, with other messages handled in between while it takes long. An edit like most others is analysed before this
   * returns. The promise gives null when the document was changed or closed meanwhile.
   */
  soon(uri: string): OpenDocument | undefined | Promise<OpenDocument | null>;
  /** The paths of the open documents that are files. */
  paths(): readonly string[];
  /** URIs of open documents that read any of these files when they were last analysed. */
  dependentsOf(paths: readonly string[]): readonly string[];
  /** The version of the document with this URI, without a look at its text; undefined if it is not open. */
  versionOf(uri: string): number | undefined;
  /** The analysis of a file that need not be open, or undefined where it cannot be read. The last few are kept. */
  analyseFile(path: string): Analysis | undefined;
  /** The same, with other messages handled in between; null as soon as `isWanted` says so. */
  analyseFileSoon(path: string, isWanted: () => boolean): Promise<Analysis | undefined | null>;
  /** The text of a file as it stands in the editor, else on the disk; null where it cannot be read. */
  textOf(path: string): string | null;
  /** What the file is at the moment: another string as soon as it may have changed. */
  stampOf(path: string): string;
  /** What a closed file and all that it read are at the moment; undefined if it was never analysed. */
  signatureOf(path: string): string | undefined;
  /** The URI of a file: as the client spells it, if it has it open. */
  uriOf(path: string): string;
  /** The names in a folder, which counts from that of `file`; folders with a `/` behind. Empty if there is none. */
  list(file: string | null, folder: string): readonly string[];
  /** Forgets every analysis, after settings have changed. */
  forget(): void;
}

/** Larger files are not read: they are no part of a workflow. */
const MAX_FILE_BYTES = 8_000_000;

/** So many analyses of files that are not open are kept, for requests that go through the workspace one after another. */
const MAX_CLOSED = 24;

/** What a file was when it was read: another string as soon as it may have changed. */
type Stamp = string;

interface Known {
  readonly document: OpenDocument;
  readonly reads: Map<string, Stamp>;
}

/** A closed file. */
interface Closed {
  readonly analysis: Analysis;
  readonly reads: ReadonlyMap<string, Stamp>;
}

/** An analysis that is being made of a text at one version. */
interface Running {
  readonly text: TextDocument;
  readonly version: number;
  readonly steps: Steps<OpenDocument>;
  /** What whoever waits for it is given. */
  promise: Promise<OpenDocument | null> | null;
}

/** Under this, the file and the id of a workflow an analysis remembers that it asked for runs; no path begins so. */
const RUNS = 'runs:';

const NO_VERSIONS: readonly KnownVersion[] = [];

/** Keeps the analyses of `texts`. `rulesFor` gives the severities that hold for a file, `history` what ran of it. */
export function createDocuments(
  texts: TextDocuments<TextDocument>,
  rulesFor: (file: string | null, textOf: (path: string) => string | null) => Rules,
  history?: History,
): Documents {
  const known = new Map<string, Known>();
  const onDisk = new Map<string, { readonly stamp: Stamp; readonly text: string }>();
  const closed = new Map<string, Closed>();
  const running = new Map<string, Running>();
  /** What each closed file read when it was last analysed: little, and kept longer than the analysis. */
  const lastReads = new Map<string, readonly string[]>();
  let revisions = 0;

  /** The open text of a file, found by its place and not by the spelling of its URI. */
  const openText = (path: string): TextDocument | undefined => {
    const direct = texts.get(uriOf(path));
    if (direct !== undefined) return direct;
    const key = uriKey(uriOf(path));
    return texts.all().find((document) => uriKey(document.uri) === key);
  };

  const versionsOf = (file: string, workflow: string): readonly KnownVersion[] =>
    history?.versions(file, workflow) ?? NO_VERSIONS;

  const stampOf = (path: string): Stamp => {
    if (path.startsWith(RUNS)) {
      const [workflow = '', file = ''] = path.slice(RUNS.length).split('\n');
      return `${identityOf(versionsOf(file, workflow))}`;
    }
    const open = openText(path);
    if (open !== undefined) return `open ${open.version}`;
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isFile() === true ? `disk ${found.mtimeMs} ${found.size}` : 'missing';
  };

  const read = (path: string, reads: Map<string, Stamp>): Resource => {
    const stamp = stampOf(path);
    reads.set(path, stamp);
    if (stamp === 'missing') return { kind: 'missing' };
    const open = openText(path);
    if (open !== undefined) return { kind: 'text', text: open.getText() };
    const cached = onDisk.get(path);
    if (cached?.stamp === stamp) return { kind: 'text', text: cached.text };
    const text = readText(path);
    if (text === null) return { kind: 'missing' };
    onDisk.set(path, { stamp, text });
    return { kind: 'text', text };
  };

  const contextOf = (file: string | null, reads: Map<string, Stamp>): LanguageContext => {
    if (file === null) return { rules: rulesFor(null, () => null) };
    const folder = dirname(file);
    return {
      file,
      resource: (path) => read(isAbsolute(path) ? path : resolve(folder, path), reads),
      rules: rulesFor(file, (path) => textIn(read(path, reads))),
      parseModule,
      versions: (workflow) => {
        const versions = versionsOf(file, workflow);
        reads.set(`${RUNS}${workflow}\n${file}`, `${identityOf(versions)}`);
        return versions;
      },
    };
  };

  /** The analysis of a document as it stands: what is known, what is being made, or one that is begun. */
  const begun = (uri: string): OpenDocument | Running | undefined => {
    const text = texts.get(uri);
    if (text === undefined || !isOurs(text)) {
      known.delete(uri);
      running.delete(uri);
      return undefined;
    }
    const { version } = text;
    const under = running.get(uri);
    if (under?.text === text && under.version === version) return under;
    const before = known.get(uri);
    const isKnown = before !== undefined && isFresh(before.reads, stampOf);
    if (isKnown && before.document.version === version) return before.document;
    const file = pathOf(uri);
    // While all that was read is unchanged, what is known of the text before holds for all of it that is left.
    const reads = isKnown ? before.reads : new Map<string, Stamp>();
    const context = isKnown ? before.document.analysis.context : contextOf(file, reads);
    const made = analysisOf(text.getText(), context, isKnown ? before.document.analysis : null);
    const steps = (function* (): Steps<OpenDocument> {
      try {
        const analysis = yield* made;
        const document: OpenDocument = { uri, version, file, analysis, revision: ++revisions };
        known.set(uri, { document, reads });
        return document;
      } finally {
        running.delete(uri);
      }
    })();
    const started: Running = { text, version, steps, promise: null };
    running.set(uri, started);
    return started;
  };

  const get = (uri: string): OpenDocument | undefined => {
    const found = begun(uri);
    return found === undefined || 'analysis' in found ? found : toEnd(found.steps);
  };

  /** Goes on with an analysis until it is done, by itself or by somebody who could not wait, or outdated. */
  const goOn = async (uri: string, one: Running): Promise<OpenDocument | null> => {
    for (;;) {
      await turn();
      const text = texts.get(uri);
      if (text !== one.text || text.version !== one.version) {
        if (running.get(uri) === one) running.delete(uri);
        return null;
      }
      if (running.get(uri) !== one) return (await soon(uri)) ?? null;
      const done = workOn(one.steps);
      if (done !== null) return done.value;
    }
  };

  const soon = (uri: string): OpenDocument | undefined | Promise<OpenDocument | null> => {
    const found = begun(uri);
    if (found === undefined || 'analysis' in found) return found;
    if (found.promise !== null) return found.promise;
    const done = workOn(found.steps);
    return done === null ? (found.promise = goOn(uri, found)) : done.value;
  };

  function* analyseClosed(path: string): Steps<Closed | undefined> {
    const reads = new Map<string, Stamp>();
    const resource = read(path, reads);
    if (resource.kind !== 'text') return undefined;
    return { analysis: yield* analysisOf(resource.text, contextOf(path, reads), undefined), reads };
  }

  /** What is known of a closed file, as long as it is right. */
  const knownOf = (path: string): Closed | undefined => {
    const before = closed.get(path);
    return before !== undefined && isFresh(before.reads, stampOf) ? before : undefined;
  };

  const keep = (path: string, kept: Closed | undefined): Analysis | undefined => {
    closed.delete(path);
    if (kept === undefined) return undefined;
    const [oldest] = closed.keys();
    if (closed.size >= MAX_CLOSED && oldest !== undefined) closed.delete(oldest);
    closed.set(path, kept);
    lastReads.set(path, [...kept.reads.keys()]);
    return kept.analysis;
  };

  return {
    get,
    soon,
    paths: () => texts.all().flatMap((text) => pathOf(text.uri) ?? []),
    dependentsOf: (paths) => {
      const changed = new Set(paths);
      return [...known]
        .filter(([, { reads }]) => [...reads.keys()].some((path) => changed.has(path)))
        .map(([uri]) => uri);
    },
    versionOf: (uri) => texts.get(uri)?.version,
    analyseFile: (path) => {
      const open = openText(path);
      if (open !== undefined) return get(open.uri)?.analysis;
      return keep(path, knownOf(path) ?? toEnd(analyseClosed(path)));
    },
    analyseFileSoon: async (path, isWanted) => {
      const steps = analyseClosed(path);
      let done = openText(path) === undefined ? knownOf(path) : undefined;
      while (done === undefined) {
        const open = openText(path);
        if (open !== undefined) return (await soon(open.uri))?.analysis;
        const step = workOn(steps);
        if (step !== null && step.value === undefined) return keep(path, undefined);
        done = step?.value;
        if (done !== undefined) break;
        await turn();
        if (!isWanted()) return null;
      }
      return keep(path, done);
    },
    textOf: (path) => textIn(read(path, new Map())),
    stampOf,
    signatureOf: (path) =>
      lastReads
        .get(path)
        ?.map((one) => `${one} ${stampOf(one)}`)
        .join('\n'),
    uriOf: (path) => openText(path)?.uri ?? uriOf(path),
    list: (file, folder) => (file === null ? [] : listFolder(resolve(dirname(file), folder))),
    forget: () => {
      known.clear();
      running.clear();
      closed.clear();
      lastReads.clear();
      onDisk.clear();
    },
  };
}

/** Some editors know no language for workflows and send every YAML file: of those only the ones named as ours count. */
function isOurs({ uri, languageId }: TextDocument): boolean {
  return languageId === 'backstep' || /(?:\.workflow(?:\.test)?\.ya?ml|\/\.backstep\.ya?ml)$/.test(uri);
}

/** What is known of a text. The settings of a workspace share the workflows' language id, but have their own rules. */
function* analysisOf(text: string, context: LanguageContext, before: Analysis | null | undefined): Steps<Analysis> {
  if (context.file !== undefined && basename(context.file) === '.backstep.yaml') {
    return { ...analyse(text, context), diagnostics: readRules(text).diagnostics };
  }
  return yield* before === undefined ? analyseInSteps(text, context) : analyseAgainInSteps(before, text, context);
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

/** A number of its own for each object. */
function identityOf(value: object): number {
  const identity = identities.get(value) ?? ++lastIdentity;
  identities.set(value, identity);
  return identity;
}

function textIn(resource: Resource): string | null {
  return resource.kind === 'text' ? resource.text : null;
}

function isFresh(reads: ReadonlyMap<string, Stamp>, stampOf: (path: string) => Stamp): boolean {
  for (const [path, stamp] of reads) if (stampOf(path) !== stamp) return false;
  return true;
}

/** The text of a file, or null where it cannot be read as one. */
export function readText(path: string): string | null {
  try {
    const { size } = statSync(path);
    return size > MAX_FILE_BYTES ? null : readFileSync(path, 'utf8');
  } catch {
    // Gone, or not ours to read: for a workflow that refers to it, it is missing.
    return null;
  }
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.name.startsWith('.') && entry.name !== 'node_modules')
      .map((entry) => (isFolder(folder, entry) ? `${entry.name}/` : entry.name))
      .sort();
  } catch {
    // A folder that does not exist or cannot be read has nothing to offer.
    return [];
  }
}

function isFolder(
  folder: string,
  entry: { readonly name: string; isDirectory(): boolean; isSymbolicLink(): boolean },
): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(join(folder, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false;
}
