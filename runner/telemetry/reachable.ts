/** Whether anybody listens at an address. */
import { connect } from 'node:net';

/** Whether a connection to the host of `url` is accepted within `patience` milliseconds. */
export function isReachable(url: string, patience: number): Promise<boolean> {
  if (!URL.canParse(url)) return Promise.resolve(false);
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) || (protocol === 'https:' ? 443 : 80) });
    const end = (reached: boolean): void => {
      clearTimeout(late);
      socket.destroy();
      resolve(reached);
    };
    const late = setTimeout(() => end(false), patience);
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
