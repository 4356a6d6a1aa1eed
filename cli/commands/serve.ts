/** `backstep serve [DIR]`: drives runs as a service, with triggers and HTTP. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { startService, type Service } from '../../runner/service/service.ts';
import { CommandError, EXIT_USAGE } from '../exit.ts';
import { openJournalFor, type JournalOption, type OpenedJournal } from '../runs/journals.ts';
import { listenForSignals } from '../runs/stopping.ts';
import { complain, oneLine, print } from '../terminal.ts';
import { versionOfBackstep } from '../version.ts';

export interface ServeOptions extends JournalOption {
  readonly port: string;
  readonly host?: string | undefined;
  readonly token?: string | undefined;
  readonly envFile?: string | undefined;
  /** Origins of pages that may ask from a browser. */
  readonly allowOrigin?: readonly string[] | undefined;
  /** False with `--no-attach`. */
  readonly attach?: boolean | undefined;
}

/** Serves the folder until a signal comes; a second one changes nothing. Gives 0 when all was left in good order. */
export async function serve(folder: string | undefined, options: ServeOptions): Promise<number> {
  const root = resolve(folder ?? '.');
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new CommandError(`There is no folder ${root} to be served.`);
  }
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || options.port.trim() === '') {
    throw new CommandError(`--port takes a number from 0 to 65535, and not "${options.port}".`, EXIT_USAGE);
  }
  for (const origin of options.allowOrigin ?? [])
    if (!/^https?:/.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin)
      throw new CommandError(
        `--allow-origin takes an origin such as http://localhost:5173, and not "${origin}".`,
        EXIT_USAGE,
      );
  const stopping = listenForSignals();
  const opened = openJournalFor(options, root);
  try {
    const { token, from } = tokenFor(options, opened);
    const service = await started(root, port, token, options, opened);
    const { address, port: taken } = service.address;
    print(`Serving ${root} at http://${address.includes(':') ? `[${address}]` : address}:${taken}`);
    print(from === null ? 'The token is the one that was given.' : `The token is in ${from}`);
    await new Promise<void>((resolve) => stopping.onStop(resolve));
    complain(line('ending: nothing more is taken'));
    await service.close();
    complain(line('ended: every run stands in the journal'));
    return 0;
  } finally {
    opened.journal.close();
    stopping.release();
  }
}

async function started(
  folder: string,
  port: number,
  token: string,
  options: ServeOptions,
  { journal }: OpenedJournal,
): Promise<Service> {
  const { envFile, host: hostname } = options;
  try {
    return await startService({
      ...{ folder, journal, port, token, version: versionOfBackstep(), attach: options.attach !== false },
      ...(envFile !== undefined && { envFile }),
      ...(hostname !== undefined && { hostname }),
      ...(options.allowOrigin !== undefined && { origins: options.allowOrigin }),
      log: (text) => complain(line(text)),
    });
  } catch (error) {
    const { code, message, syscall } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new CommandError(`The port ${port} cannot be had: another process listens on it.`);
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
      throw new CommandError(`The port ${port} cannot be had: ${message}.`);
    if (syscall === 'getaddrinfo' || syscall === 'listen')
      throw new CommandError(`The address ${hostname ?? ''} cannot be listened on: ${message}.`);
    throw error;
  }
}

/** `--token`, the variable BACKSTEP_TOKEN, or one that is made once and kept beside the journal for its owner alone. */
function tokenFor(
  { token }: ServeOptions,
  { file }: OpenedJournal,
): { readonly token: string; readonly from: string | null } {
  const given = token ?? process.env['BACKSTEP_TOKEN'];
  if (given !== undefined && given.length < 16) {
    throw new CommandError('The token must have at least 16 characters.', EXIT_USAGE);
  }
  if (given !== undefined) return { token: given, from: null };
  const path = join(dirname(file), 'serve.token');
  try {
    return { token: keptToken(path) ?? madeToken(path), from: path };
  } catch (error) {
    const why = (error as Error).message;
    throw new CommandError(
      `The token of the service cannot be kept in ${path}: ${why}. Mend that, or give one by --token or BACKSTEP_TOKEN.`,
    );
  }
}

function keptToken(path: string): string | null {
  if (!existsSync(path)) return null;
  const kept = readFileSync(path, 'utf8').trim();
  if (kept.length < 16) return null;
  chmodSync(path, 0o600);
  return kept;
}

function madeToken(path: string): string {
  const made = randomBytes(24).toString('base64url');
  writeFileSync(path, `${made}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
  return made;
}

function line(text: string): string {
  return `${new Date().toISOString()} ${oneLine(text)}`;
}
