/** The tokeniser of VS Code over the grammar of this project, for tests. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import oniguruma from 'vscode-oniguruma';
import textmate from 'vscode-textmate';
import type { IGrammar } from 'vscode-textmate';

/** A stretch of one line with its scopes, the outermost first. */
export interface Token {
  readonly text: string;
  readonly scopes: readonly string[];
}

const GRAMMAR = new URL('../../syntaxes/backstep.tmLanguage.json', import.meta.url);

/** Loads the grammar; a pattern that is no regular expression fails when it is first used. */
export async function loadGrammar(): Promise<IGrammar> {
  const require = createRequire(import.meta.url);
  const wasm = readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(GRAMMAR, 'utf8'), GRAMMAR.pathname),
  });
  const grammar = await registry.loadGrammar('source.backstep');
  if (grammar === null) throw new Error('The grammar does not load.');
  return grammar;
}

/** The tokens of `text`, line by line; neighbours with the same scopes count as one. */
export function tokenise(grammar: IGrammar, text: string): Token[][] {
  let state = textmate.INITIAL;
  return text.split('\n').map((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    const merged: Token[] = [];
    for (const { startIndex, endIndex, scopes } of tokens) {
      const token = { text: line.slice(startIndex, endIndex), scopes: scopes.slice(1) };
      const last = merged.at(-1);
      if (last?.scopes.join(' ') === token.scopes.join(' '))
        merged[merged.length - 1] = { ...last, text: last.text + token.text };
      else merged.push(token);
    }
    return merged;
  });
}

/**
 * The innermost scope of each stretch that is not white space, as `text scope`, without the language's name at its end.
 */
export function shown(grammar: IGrammar, text: string): string[] {
  return tokenise(grammar, text)
    .flat()
    .filter((token) => token.text.trim() !== '')
    .map((token) => `${token.text.trim()} ${(token.scopes.at(-1) ?? '').replace(/\.(?:backstep|jsonata)$/, '')}`);
}
