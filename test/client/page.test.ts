import { expect, test } from 'vitest';
import { diagramPage } from '../../client/page.ts';

const page = diagramPage({
  cspSource: 'https://own.test',
  nonce: 'abc',
  script: 'https://own.test/view.js',
  style: 'https://own.test/view.css',
  uri: 'file:///a"><script>alert(1)</script>.workflow.yaml',
});

test('the page allows its own script and style sheet, and nothing from anywhere else', () => {
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
  expect(policy).toBe(
    "default-src 'none'; script-src 'nonce-abc' https://own.test; style-src https://own.test 'unsafe-inline'; font-src https://own.test",
  );
  expect(policy).not.toContain('unsafe-eval');
});

test('the name of a file cannot become markup', () => {
  expect(page).not.toContain('<script>alert');
  expect(page.match(/<script/g)).toHaveLength(1);
});
