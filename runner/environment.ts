/** What a run may read of its surroundings: environment variables and secrets (section 3). */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { parseEnv } from 'node:util';

export interface Environment {
  /** `env.NAME`, and what programs and modules get: everything but the secrets. */
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

/**
 * The environment of the workflow in `file`: from the launch, then `.env` beside the file, then the process. Secrets are
 * the variables `BACKSTEP_SECRET_NAME` of the same three; they are no environment variables of the run. Gives a sentence
 * when the file with the variables cannot be read.
 */
export function readEnvironment(
  file: string,
  options: EnvironmentOptions,
): Environment | { readonly unreadable: string } {
  const path = options.envFile ?? join(dirname(file), '.env');
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const absent = code === 'ENOENT' || code === 'ENOTDIR';
    if (options.envFile !== undefined || !absent) {
      return {
        unreadable: absent
          ? `There is no file ${path} with environment variables.`
          : `The file ${path} cannot be read: ${message}.`,
      };
    }
  }
  const all = new Map<string, string>();
  for (const source of [process.env, parseEnv(text), options.env ?? {}]) {
    for (const [name, value] of Object.entries(source)) if (value !== undefined) all.set(name, value);
  }
  const env = Object.fromEntries([...all].filter(([name]) => !name.startsWith(SECRET)));
  return { env, secret: (name) => options.secret?.(name) ?? all.get(SECRET + name) };
}
