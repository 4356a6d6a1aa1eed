/** `backstep debug`: the debug adapter, on standard input and output or on a port. */
import type { AddressInfo, Server } from 'node:net';
import { listenForClients, startAdapter } from '../../debugger/main.ts';
import { CommandError, EXIT_USAGE } from '../exit.ts';
import { exitOfSignal, listenForSignals } from '../runs/stopping.ts';
import { print } from '../terminal.ts';

/** Serves one session on the standard streams, or sessions on a port until a signal comes. */
export async function debug(options: { readonly port?: string | undefined }): Promise<number> {
  if (options.port === undefined) {
    await startAdapter(process.stdin, process.stdout);
    return 0;
  }
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || options.port.trim() === '') {
    throw new CommandError(`--port takes a number from 0 to 65535, and not "${options.port}".`, EXIT_USAGE);
  }
  const server = await listen(port);
  const { address, port: taken } = server.address() as AddressInfo;
  print(`Listening on ${address}:${taken}`);
  const signal = await stopped();
  server.close();
  return exitOfSignal(signal);
}

async function listen(port: number): Promise<Server> {
  try {
    return await listenForClients(port);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'another process listens on it' : message;
    throw new CommandError(`The port ${port} cannot be had: ${why}.`);
  }
}

function stopped(): Promise<NodeJS.Signals> {
  const stopping = listenForSignals();
  return new Promise((resolve) => {
    stopping.onStop(() => {
      resolve(stopping.signal() ?? 'SIGTERM');
    });
  });
}
