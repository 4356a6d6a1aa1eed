/** The top level of a TypeScript or JavaScript module: what it declares, imports and exports, as its syntax tree says. */
import type {
  ClassDeclaration,
  Expression,
  ExportDefaultDeclaration,
  File,
  FunctionDeclaration,
  Identifier,
  Statement,
  StringLiteral,
  TSDeclareFunction,
  TSInterfaceDeclaration,
  TSTypeAliasDeclaration,
  VariableDeclarator,
} from '@babel/types';
import { joinPath } from '../context.ts';

/** What a name of a module stands for. */
export type Value =
  | {
      readonly kind: 'function';
      /** More than one where it has several signatures. */
      readonly nodes: readonly (FunctionDeclaration | TSDeclareFunction)[];
      readonly statement: Statement;
    }
  | { readonly kind: 'variable'; readonly node: VariableDeclarator; readonly statement: Statement }
  | { readonly kind: 'class'; readonly node: ClassDeclaration }
  | { readonly kind: 'expression'; readonly node: Expression; readonly statement: ExportDefaultDeclaration }
  | Imported;

/** A name of another module; `*` is the module itself. */
export interface Imported {
  readonly kind: 'import';
  readonly from: string;
  readonly name: string;
}

export interface ModuleScope {
  /** As seen from the folder of the workflow. */
  readonly path: string;
  readonly text: string;
  readonly values: ReadonlyMap<string, Value>;
  readonly types: ReadonlyMap<string, readonly (TSInterfaceDeclaration | TSTypeAliasDeclaration)[]>;
  readonly importedTypes: ReadonlyMap<string, Imported>;
  /** What names stand for that are exported by other names than they have, or from other modules; `from` may be null. */
  readonly handedOn: ReadonlyMap<string, { readonly from: string | null; readonly name: string }>;
  /** What each exported name stands for: a name of the module itself, or one of another. */
  readonly exports: ReadonlyMap<string, ModuleExport>;
  /** The modules that all exports are handed on from. */
  readonly all: readonly string[];
  /** Whether it may export more than the tree says: it is written in the older form, `module.exports`. */
  readonly open: boolean;
}

export interface ModuleExport {
  /** The name where it is exported. */
  readonly at: Identifier | StringLiteral | ExportDefaultDeclaration;
  readonly value: Value;
}

/** Reads a module’s top level. */
export function scopeOf(tree: File, text: string, path: string): ModuleScope {
  const values = new Map<string, Value>();
  const types = new Map<string, (TSInterfaceDeclaration | TSTypeAliasDeclaration)[]>();
  const importedTypes = new Map<string, Imported>();
  const { body } = tree.program;
  for (const statement of body) declare(statement, values, types, importedTypes);
  const exports = new Map<string, ModuleExport>();
  const all: string[] = [];
  for (const statement of body) readExport(statement, values, exports, all);
  const handedOn = new Map(body.flatMap(handOn));
  const open = body.some((one) => isOlderExport(one));
  return { path, text, values, types, importedTypes, handedOn, exports, all, open };
}

/** The paths that a relative import may mean, best first; none for the name of a package. */
export function candidatesOf(from: string, specifier: string): readonly string[] {
  if (!/^\.{1,2}\//.test(specifier)) return [];
  const path = joinPath(from, specifier);
  if (/\.d\.[cm]?ts$|\.[cm]?ts$/.test(path)) return [path];
  const script = /^(.*)\.([cm]?)js$/.exec(path);
  if (script !== null) {
    const [, stem = '', kind = ''] = script;
    return [`${stem}.${kind}ts`, path, `${stem}.d.${kind}ts`];
  }
  return [`${path}.ts`, `${path}.js`, `${path}.d.ts`, `${path}/index.ts`, `${path}/index.js`];
}

/** The text of a name, quoted or not. */
export function nameOf(node: Identifier | StringLiteral): string {
  return node.type === 'Identifier' ? node.name : node.value;
}

function declare(
  statement: Statement,
  values: Map<string, Value>,
  types: Map<string, (TSInterfaceDeclaration | TSTypeAliasDeclaration)[]>,
  importedTypes: Map<string, Imported>,
): void {
  switch (statement.type) {
    case 'ExportNamedDeclaration':
      if (statement.declaration != null) declareIn(statement.declaration, statement, values, types);
      return;
    case 'ExportDefaultDeclaration':
      if (statement.declaration.type === 'TSInterfaceDeclaration') return;
      declareIn(statement.declaration as Statement, statement, values, types);
      return;
    case 'ImportDeclaration':
      for (const one of statement.specifiers) {
        const name =
          one.type === 'ImportSpecifier'
            ? nameOf(one.imported)
            : one.type === 'ImportDefaultSpecifier'
              ? 'default'
              : '*';
        const imported: Imported = { kind: 'import', from: statement.source.value, name };
        importedTypes.set(one.local.name, imported);
        const isType = statement.importKind === 'type' || (one.type === 'ImportSpecifier' && one.importKind === 'type');
        if (!isType) values.set(one.local.name, imported);
      }
      return;
    default:
      declareIn(statement, statement, values, types);
  }
}

function declareIn(
  node: Statement,
  statement: Statement,
  values: Map<string, Value>,
  types: Map<string, (TSInterfaceDeclaration | TSTypeAliasDeclaration)[]>,
): void {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'TSDeclareFunction': {
      const name = node.id?.name ?? '';
      const known = values.get(name);
      const nodes = known?.kind === 'function' ? [...known.nodes, node] : [node];
      values.set(name, { kind: 'function', nodes, statement });
      return;
    }
    case 'VariableDeclaration':
      for (const one of node.declarations) {
        if (one.id.type === 'Identifier') values.set(one.id.name, { kind: 'variable', node: one, statement });
      }
      return;
    case 'ClassDeclaration':
      if (node.id != null) values.set(node.id.name, { kind: 'class', node });
      return;
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
      types.set(node.id.name, [...(types.get(node.id.name) ?? []), node]);
      return;
    default:
  }
}

function readExport(
  statement: Statement,
  values: ReadonlyMap<string, Value>,
  exports: Map<string, ModuleExport>,
  all: string[],
): void {
  if (statement.type === 'ExportAllDeclaration' && statement.exportKind !== 'type') all.push(statement.source.value);
  if (statement.type === 'ExportDefaultDeclaration') {
    const value = defaultOf(statement, values);
    if (value !== null) exports.set('default', { at: statement, value });
  }
  if (statement.type !== 'ExportNamedDeclaration') return;
  const { declaration, source, exportKind } = statement;
  for (const name of declaration == null ? [] : namesIn(declaration)) {
    const value = values.get(name.name);
    if (value !== undefined) exports.set(name.name, { at: name, value });
  }
  for (const one of statement.specifiers) {
    // What is declared to be elsewhere, `export declare`, counts as a type there, too, but is a value.
    if (one.type !== 'ExportSpecifier' || exportKind === 'type' || one.exportKind === 'type') continue;
    const local = nameOf(one.local);
    const value: Value | undefined =
      source == null ? values.get(local) : { kind: 'import', from: source.value, name: local };
    if (value !== undefined) exports.set(nameOf(one.exported), { at: one.exported, value });
  }
}

function handOn(statement: Statement): (readonly [string, { readonly from: string | null; readonly name: string }])[] {
  if (statement.type !== 'ExportNamedDeclaration') return [];
  const from = statement.source?.value ?? null;
  return statement.specifiers.flatMap((one) =>
    one.type === 'ExportSpecifier' ? [[nameOf(one.exported), { from, name: nameOf(one.local) }] as const] : [],
  );
}

function defaultOf(statement: ExportDefaultDeclaration, values: ReadonlyMap<string, Value>): Value | null {
  const { declaration } = statement;
  switch (declaration.type) {
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
      return values.get(declaration.id?.name ?? '') ?? null;
    case 'Identifier':
      return values.get(declaration.name) ?? null;
    case 'ClassDeclaration':
    case 'TSInterfaceDeclaration':
    case 'StructDeclaration':
    case 'EnumDeclaration':
      return null;
    default:
      return { kind: 'expression', node: declaration, statement };
  }
}

function namesIn(declaration: Statement): readonly Identifier[] {
  switch (declaration.type) {
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
      return declaration.id == null ? [] : [declaration.id];
    case 'VariableDeclaration':
      return declaration.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id] : []));
    default:
      return [];
  }
}

/** Whether a statement exports in a way that is not followed: `module.exports = …`, `export = …`, patterns. */
function isOlderExport(statement: Statement): boolean {
  if (statement.type === 'TSExportAssignment') return true;
  if (statement.type === 'ExportNamedDeclaration') {
    const { declaration } = statement;
    return (
      declaration?.type === 'VariableDeclaration' && declaration.declarations.some(({ id }) => id.type !== 'Identifier')
    );
  }
  if (statement.type !== 'ExpressionStatement' || statement.expression.type !== 'AssignmentExpression') return false;
  let target = statement.expression.left;
  while (target.type === 'MemberExpression') {
    const { object, property } = target;
    if (object.type === 'Identifier' && object.name === 'exports') return true;
    const isExports = property.type === 'Identifier' && property.name === 'exports';
    if (isExports && object.type === 'Identifier' && object.name === 'module') return true;
    if (object.type !== 'MemberExpression') return false;
    target = object;
  }
  return false;
}
