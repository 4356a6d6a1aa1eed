/**
 * Starts the services, each as a process of its own, and keeps them running.
 *
 * 1. `startServices` resolves when every service answers; if one cannot start, the others are stopped again.
 * 2. A service that ends by itself is started again on the same port, so that callers find it where it was.
 * 3. No service outlives this process, whatever ends it: a service stops when its channel to its parent closes.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const SERVICES = ['inventory', 'payments', 'shipping'] as const;

export type ServiceName = (typeof SERVICES)[number];

export interface StartOptions {
  /** The folder of the databases; made if it is not there. */
  readonly dataDir: string;
  /** Removes the databases of earlier starts first. */
  readonly fresh?: boolean;
  /** Fixed ports; a service without one takes any that is free. */
  readonly ports?: Partial<Readonly<Record<ServiceName, number>>>;
  /** How long `test-slow` takes, in milliseconds; longer than the workflow's timeouts by default. */
  readonly slowMs?: number;
  /** Told one line whenever a service has ended by itself and when it runs again. */
  readonly log?: (line: string) => void;
}

export interface RunningServices {
  /** What the workflows need in their environment: the services' addresses and the payment service's key. */
  readonly env: Readonly<Record<string, string>>;
  readonly urls: Readonly<Record<ServiceName, string>>;
  /** The present process of a service; another one after a restart. */
  readonly pid: (name: ServiceName) => number | undefined;
  /** Stops all services; resolves when their processes have ended. */
  readonly stop: () => Promise<void>;
}

interface Supervised {
  readonly name: ServiceName;
  readonly port: number;
  readonly pid: () => number | undefined;
  readonly stop: () => Promise<void>;
}

interface Settings {
  readonly dataDir: string;
  readonly slowMs: number;
  readonly paymentsKey: string;
  readonly log: (line: string) => void;
}

const RESTART_DELAY_MS = 200;
const RESTART_ATTEMPTS = 10;

/** Starts the three services. Rejects with an Error that names the service that did not start. */
export async function startServices(options: StartOptions): Promise<RunningServices> {
  mkdirSync(options.dataDir, { recursive: true });
  if (options.fresh) removeDatabases(options.dataDir);
  const settings: Settings = {
    dataDir: options.dataDir,
    slowMs: options.slowMs ?? 8000,
    paymentsKey: randomBytes(16).toString('hex'),
    log: options.log ?? (() => undefined),
  };

  const started = await Promise.allSettled(
    SERVICES.map((name) => supervise(name, options.ports?.[name] ?? 0, settings)),
  );
  const running = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((service) => service.stop()));
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }

  const urls = Object.fromEntries(running.map(({ name, port }) => [name, `http://127.0.0.1:${port}`])) as Record<
    ServiceName,
    string
  >;
  return {
    env: {
      INVENTORY_URL: urls.inventory,
      PAYMENTS_URL: urls.payments,
      SHIPPING_URL: urls.shipping,
      BACKSTEP_SECRET_PAYMENTS_KEY: settings.paymentsKey,
    },
    urls,
    pid: (name) => running.find((service) => service.name === name)?.pid(),
    stop,
  };
}

async function supervise(name: ServiceName, wantedPort: number, settings: Settings): Promise<Supervised> {
  let stopping = false;
  let { child, port } = await launch(name, wantedPort, settings);

  const restart = async (): Promise<void> => {
    for (let attempt = 1; attempt <= RESTART_ATTEMPTS; attempt += 1) {
      await delay(RESTART_DELAY_MS);
      if (stopping) return;
      try {
        ({ child, port } = await launch(name, port, settings));
        watch();
        settings.log(`${name} runs again, as process ${child.pid}`);
        return;
      } catch (error) {
        settings.log(error instanceof Error ? error.message : String(error));
      }
    }
    settings.log(`${name} stays down after ${RESTART_ATTEMPTS} attempts to start it`);
  };
  const watch = (): void => {
    // A stop that was asked for while the service was on its way up finds it here.
    if (stopping) child.kill('SIGTERM');
    child.once('exit', (code, signal) => {
      if (stopping) return;
      settings.log(`${name} has ended (${signal ?? `exit code ${code}`}) and is started again`);
      void restart();
    });
  };
  watch();

  return {
    name,
    port,
    pid: () => child.pid,
    stop: async () => {
      stopping = true;
      await end(child);
    },
  };
}

/** Resolves when the service listens; rejects when its process ends before. */
function launch(name: ServiceName, port: number, settings: Settings): Promise<{ child: ChildProcess; port: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL(`../${name}.ts`, import.meta.url))], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: {
        ...process.env,
        DATABASE: join(settings.dataDir, `${name}.db`),
        PORT: String(port),
        SLOW_MS: String(settings.slowMs),
        API_KEY: name === 'payments' ? settings.paymentsKey : undefined,
      },
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`${name} did not start (exit code ${code})`));
    });
    child.once('message', (message: { port: number }) => {
      resolve({ child, port: message.port });
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

function removeDatabases(dataDir: string): void {
  for (const file of readdirSync(dataDir)) {
    if (/\.db(-wal|-shm)?$/.test(file)) rmSync(join(dataDir, file));
  }
}
