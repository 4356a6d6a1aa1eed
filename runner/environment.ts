/** What a run may read of its surroundings: environment variables and secrets (section 3). */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { parseEnv } from 'node:util';

export interface Environment {
  /** `env.NAME`, and what programs and modules get: everything but the secrets, and what lets this process in elsewhere. */
  readonly env: Readonly<Record<string, string>>;
  /** The value of `secrets.NAME`, or undefined when it is not set. */
  readonly secret: (name: string) => string | undefined;
}

export interface EnvironmentOptions {
  /** From the launch: it goes before everything else. */
  readonly env?: Readonly<Record<string, string>>;
  /** Read instead of the `.env` beside the workflow; it must exist. */
  readonly envFile?: string;
  /** Asked first for a secret. */
  readonly secret?: (name: string) => string | undefined;
}

const SECRET = 'BACKSTEP_SECRET_';

/** What this process itself shows to others to be let in: no business of a workflow. */
const OWN = /^(BACKSTEP_TOKEN|OTEL_EXPORTER_OTLP_(\w+_)?HEADERS)$/;

/**
 * Reads environments for the runs of one host: those of workflows beside each other are one value as long as their file
 * does not change, because ten thousand runs would hold ten thousand copies of the process's variables.
 */
export function environmentReader(
  options: EnvironmentOptions,
): (file: string) => Environment | { readonly unreadable: string } {
  const known = new Map<string, { readonly text: string; readonly environment: Environment }>();
  return (file) => {
    const path = variablesOf(file, options);
    const text = readVariables(path, options);
    if (typeof text !== 'string') return text;
    const before = known.get(path);
    if (before?.text === text) return before.environment;
    const environment = environmentFrom(text, options);
    known.set(path, { text, environment });
    return environment;
  };
}

/**
 * The environment of the workflow in `file`: from the launch, then `.env` beside the file, then the process. Secrets are
 * the variables `BACKSTEP_SECRET_NAME` of the same three; they are no environment variables of the run. Gives a sentence
 * when the file with the variables cannot be read.
 */
export function readEnvironment(
  file: string,
  options: EnvironmentOptions,
): Environment | { readonly unreadable: string } {
  const text = readVariables(variablesOf(file, options), options);
  return typeof text === 'string' ? environmentFrom(text, options) : text;
}

function variablesOf(file: string, { envFile }: EnvironmentOptions): string {
  return envFile ?? join(dirname(file), '.env');
}

function readVariables(path: string, { envFile }: EnvironmentOptions): string | { readonly unreadable: string } {
  if (envFile === undefined && !existsSync(path)) return '';
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const absent = code === 'ENOENT' || code === 'ENOTDIR';
    return {
      unreadable: absent
        ? `There is no file ${path} with environment variables.`
        : `The file ${path} cannot be read: ${message}.`,
    };
  }
}

function environmentFrom(text: string, options: EnvironmentOptions): Environment {
  const all = new Map<string, string>();
  for (const source of [process.env, parseEnv(text), options.env ?? {}]) {
    for (const [name, value] of Object.entries(source)) if (value !== undefined) all.set(name, value);
  }
  const env = Object.fromEntries([...all].filter(([name]) => !name.startsWith(SECRET) && !OWN.test(name)));
  return { env, secret: (name) => options.secret?.(name) ?? all.get(SECRET + name) };
}
