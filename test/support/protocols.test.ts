import { describe, expect, it } from 'vitest';
import { assertDapMessage } from './protocols/dap.ts';
import { assertLspMessage } from './protocols/lsp.ts';

const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 4 } };

describe('messages of the language server protocol', () => {
  it('takes what fits', () => {
    assertLspMessage('textDocument/hover', 'result', { contents: { kind: 'markdown', value: 'text' }, range });
    assertLspMessage('textDocument/hover', 'result', null);
    assertLspMessage('textDocument/definition', 'result', [{ uri: 'file:///a', range }]);
    assertLspMessage('textDocument/definition', 'result', [
      { targetUri: 'file:///a', targetRange: range, targetSelectionRange: range },
    ]);
    assertLspMessage('textDocument/completion', 'result', {
      isIncomplete: false,
      items: [{ label: 'next', kind: 10, data: { any: ['thing'] }, textEdit: { range, newText: 'next' } }],
    });
    assertLspMessage('textDocument/rename', 'result', { changes: { 'file:///a': [{ range, newText: 'b' }] } });
    assertLspMessage('shutdown', 'params', undefined);
    assertLspMessage('backstep/plan', 'params', { anything: true });
  });

  it.each([
    ['textDocument/hover', 'result', { contents: 1 }, /hover result/],
    ['textDocument/hover', 'result', { contents: 'a', rnge: range }, /rnge.*no such property/],
    ['textDocument/publishDiagnostics', 'params', { uri: 'file:///a' }, /needs diagnostics/],
    [
      'textDocument/publishDiagnostics',
      'params',
      { uri: 'a', diagnostics: [{ range, message: 'm', severity: 9 }] },
      /9/,
    ],
    [
      'textDocument/publishDiagnostics',
      'params',
      { uri: 'a', diagnostics: [{ range: { ...range, end: { line: -1, character: 0 } }, message: 'm' }] },
      /end\.line: expected uinteger/,
    ],
    ['textDocument/foldingRange', 'result', [{ startLine: 1.5, endLine: 2 }], /startLine/],
    ['textDocument/notThere', 'result', null, /no message/],
  ] as const)('refuses %s %s %j', (method, kind, value, complaint) => {
    expect(() => assertLspMessage(method, kind, value)).toThrow(complaint);
  });
});

describe('messages of the debug adapter protocol', () => {
  const response = { seq: 2, type: 'response', request_seq: 1, success: true };

  it('takes what fits', () => {
    assertDapMessage({ seq: 1, type: 'event', event: 'stopped', body: { reason: 'step', threadId: 1 } });
    assertDapMessage({ seq: 1, type: 'request', command: 'next', arguments: { threadId: 1 } });
    assertDapMessage({ ...response, command: 'continue', body: { allThreadsContinued: true } });
    assertDapMessage({ ...response, command: 'backstep/fail' });
    assertDapMessage({
      ...response,
      success: false,
      command: 'launch',
      message: 'no',
      body: { error: { id: 1, format: 'no' } },
    });
  });

  it.each([
    [{ seq: 1, type: 'event', event: 'stopped', body: { threadId: 1 } }, /reason/],
    [{ seq: 1, type: 'event', event: 'halted' }, /HaltedEvent/],
    [{ ...response, command: 'continue' }, /body/],
    [{ ...response, command: 'threads', body: { threads: [{ id: 'one', name: 'main' }] } }, /threads\/0\/id/],
    [{ ...response, seq: '2', command: 'next' }, /seq/],
    [{ seq: 1, type: 'note' }, /type request, response or event/],
    ['text', /Not a message/],
  ])('refuses %j', (message, complaint) => {
    expect(() => assertDapMessage(message)).toThrow(complaint);
  });
});
