// Duties: typed linting of every folder, and the table "Who may import whom" of ARCHITECTURE.md (the tsconfig of each
// folder says the same to the compiler, more coarsely). A rule that does not fit is changed here, for all, with a
// reason; no file switches one off for itself.
import js from '@eslint/js';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const FOLDERS = ['language', 'server', 'runner', 'debugger', 'cli', 'client', 'webview'];

/** What each folder may import from each other one: globs below that folder. What is not listed is forbidden. */
const MAY_IMPORT = {
  language: {},
  server: { language: ['index.ts'] },
  runner: { language: ['index.ts'] },
  webview: { language: ['index.ts'] },
  debugger: { language: ['index.ts'], runner: ['observe.ts', 'host.ts', 'scenarios.ts', 'protocol.ts'] },
  cli: {
    language: ['index.ts'],
    server: ['**/*.ts'],
    runner: ['**/*.ts'],
    debugger: ['**/*.ts'],
    // `backstep diagram` prints the very text that the preview draws.
    webview: ['diagram.ts'],
  },
  client: { server: ['protocol.ts'], runner: ['protocol.ts'], debugger: ['protocol.ts'], webview: ['protocol.ts'] },
};

const zones = FOLDERS.flatMap((target) => [
  ...FOLDERS.filter((from) => from !== target).map((from) => {
    const allowed = MAY_IMPORT[target][from] ?? [];
    return {
      target: `./${target}`,
      from: `./${from}`,
      // Without globs in `from`, exceptions are paths relative to it; a folder wholly open is not a zone at all.
      except: allowed.map((path) => `./${path}`),
      message: `${target}/ may import ${allowed.length > 0 ? `only ${allowed.join(', ')}` : 'nothing'} of ${from}/.`,
    };
  }),
  { target: `./${target}`, from: './test', message: 'The product does not import its tests.' },
  { target: `./${target}`, from: './scripts', message: 'The product does not import the scripts.' },
  { target: `./${target}`, from: './examples', message: 'The product does not import the examples.' },
]).filter((zone) => !zone.except?.includes('./**/*.ts'));

const VSCODE = { name: 'vscode', message: 'VS Code is seen only by client/ and by the tests that run inside it.' };
const MERMAID = { name: 'mermaid', message: 'Mermaid is seen only by webview/.' };
const SQLITE = ['node:sqlite', 'sqlite'].map((name) => ({
  name,
  message: 'SQLite is seen only by runner/journal/ (and by the examples, which have databases of their own).',
}));
const NO_JS = { regex: '^\\.{1,2}/.*\\.js$', message: 'Import sources by their own name: ./file.ts.' };

/** Forbids packages in the named files; a later block replaces an earlier one for the files that it names. */
const packages = (files, ...paths) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { paths, patterns: [NO_JS] }] },
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.workbench/', '.screenshots/', '.vscode-test/', '.cache/', '**/*.d.ts'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: {
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'] })],
    },
    rules: {
      'no-undef': 'off', // the compiler's business
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'prefer-const': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'A union of strings says the same and is erased.' },
        { selector: 'ExportDefaultDeclaration', message: 'A named export keeps its name wherever it is used.' },
      ],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-restricted-paths': ['error', { zones }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/require-await': 'off', // a function may be async because its interface is
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  packages(['**/*.ts'], VSCODE, MERMAID, ...SQLITE),
  packages(['client/**/*.ts', 'test/e2e/suite/**/*.ts'], MERMAID, ...SQLITE),
  packages(['webview/**/*.ts'], VSCODE, ...SQLITE),
  packages(['runner/journal/**/*.ts', 'examples/**/*.ts', 'test/**/*.ts', 'scripts/**/*.ts'], VSCODE, MERMAID),
  packages(['test/e2e/suite/**/*.ts'], MERMAID),
  {
    // Programs for a terminal print.
    files: [
      'cli/**/*.ts',
      'scripts/**/*.ts',
      'examples/**/*.ts',
      'test/bench/**/*.ts',
      'test/e2e/**/*.ts',
      'test/support/workbench/**/*.ts',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
);
