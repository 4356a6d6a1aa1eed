/** Reads and compiles a workflow for running it; what is wrong is a StartError. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { compile, validateJson } from '../language/index.ts';
import type { Json, Plan, Resource } from '../language/index.ts';
import type { StartError } from './start-error.ts';

export interface Loaded {
  readonly file: string;
  readonly text: string;
  /** SHA-256 of the text, in hex. */
  readonly hash: string;
  readonly plan: Plan;
}

/** Reads the workflow in `file`, or takes `text` as its content, and compiles it. */
export function load(file: string, text?: string): Loaded | { readonly error: StartError } {
  const path = resolve(file);
  const read = text === undefined ? readText(path) : { text };
  if ('unreadable' in read) return { error: { code: 'unreadable-file', message: read.unreadable, file: path } };
  const resource = (other: string): Resource => resourceAt(resolve(dirname(path), other));
  const compiled = compile(read.text, { file: path, resource });
  if (!compiled.ok) {
    const findings = compiled.analysis.diagnostics.filter(({ severity }) => severity === 'error');
    const more = findings.length === 1 ? 'an error' : `${findings.length} errors`;
    const message = `The workflow ${path} has ${more}; it was not run.`;
    return { error: { code: 'invalid-workflow', message, file: path, text: read.text, findings } };
  }
  return {
    file: path,
    text: read.text,
    hash: createHash('sha256').update(read.text).digest('hex'),
    plan: compiled.plan,
  };
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

function resourceAt(file: string): Resource {
  const read = readText(file);
  return 'text' in read ? { kind: 'text', text: read.text } : { kind: 'missing' };
}
