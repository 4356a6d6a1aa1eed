/**
 * The HTTP server in front of the application. What is no request that the application could be given is answered with a
 * problem here, too.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { Problem, problemBytes, problemResponse } from './problems.ts';
import type { ProblemCode } from './problems.ts';

type Application = (request: Request) => Response | Promise<Response>;

/** A server that listens; rejects when the port cannot be had. */
export function listening(application: Application, port: number, hostname: string): Promise<Server> {
  /** The latest answer on each connection. */
  const answers = new WeakMap<Duplex, ServerResponse>();
  const listener = getRequestListener(application, {
    errorHandler: () => problemResponse(new Problem('bad-request', 'The request has no usable Host or path.')),
  });
  const server = createServer({ requireHostHeader: false });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answers.set(request.socket, response);
    void listener(request, response);
  });
  server.on('checkExpectation', (request, response) => {
    response.shouldKeepAlive = false;
    request.socket.end(problemBytes('unmet-expectation', 'Expect nothing but 100-continue.'));
  });
  server.on('connect', (_, socket) => {
    socket.end(problemBytes('method-not-allowed', 'This is no proxy: CONNECT cannot be done here.', { allow: 'GET' }));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answers.get(socket);
    const isAnswering = answer !== undefined && answer.headersSent && !answer.writableEnded;
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) socket.destroy();
    else socket.end(problemBytes(...whatIsWrong(error)));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, hostname, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

function whatIsWrong({ code }: NodeJS.ErrnoException): [code: ProblemCode, detail: string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return ['headers-too-large', 'The headers may have up to 16384 bytes altogether.'];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return ['too-large', 'The chunks of the body have too many extensions.'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['too-slow', 'The rest of the request did not come.'];
    case 'HPE_INVALID_METHOD':
      return ['bad-request', 'There is no such method.'];
    default:
      return ['bad-request', 'This is no request of HTTP/1.1.'];
  }
}
