// The pages of the language reference that are made of tables in language/: which keys there are, and which findings;
// and the same keys as JSON Schemas.
import {
  describeType,
  type DiagnosticCode,
  DIAGNOSTICS,
  type Family,
  jsonSchema,
  type Key,
  SCHEMA,
  type Shape,
} from '../language/index.ts';
import { CODE_EXAMPLES } from './reference-examples/diagnostics.ts';
import { SHAPE_EXAMPLES } from './reference-examples/keys.ts';

export interface Page {
  /** From the project's root. */
  readonly path: string;
  readonly text: string;
}

/** The pages as they should stand in the repository. */
export function referencePages(): readonly Page[] {
  return [
    { path: 'docs/reference/keys.md', text: keysPage() },
    { path: 'docs/reference/diagnostics.md', text: diagnosticsPage() },
    { path: 'docs/reference/workflow.schema.json', text: `${JSON.stringify(jsonSchema('workflow'), null, 2)}\n` },
    { path: 'docs/reference/scenarios.schema.json', text: `${JSON.stringify(jsonSchema('scenarios'), null, 2)}\n` },
  ];
}

const GENERATED = '<!-- Made by scripts/reference.ts from the tables in language/. Change those. -->';

function keysPage(): string {
  const shapes = [...SCHEMA.values()];
  const contents = shapes.map((shape) => `- [${shape.title}](#${anchor(shape.title)})`);
  const intro =
    'Every key of workflow files, scenario files and settings, by where it stands. A key in bold is required. ' +
    '“Kind” keys say what something is: exactly one of them stands in it, or at most one where it says so.';
  return [`# Keys`, GENERATED, intro, contents.join('\n'), ...shapes.map(shapeSection)].join('\n\n') + '\n';
}

function shapeSection(shape: Shape): string {
  const heading = `## ${shape.title}`;
  const kinds =
    shape.kinds === 'one'
      ? ' It has exactly one kind key.'
      : shape.kinds === undefined
        ? ''
        : ' It has at most one kind key.';
  const rows = shape.keys.map(keyRow);
  const table = ['| key | value | meaning | default |', '| --- | --- | --- | --- |', ...rows].join('\n');
  return [heading, `${shape.documentation}${kinds} (Section ${shape.section}.)`, table, shapeExample(shape)].join(
    '\n\n',
  );
}

/** The file that shows a shape; where another shape shows it already, a link there. */
function shapeExample(shape: Shape): string {
  const example = SHAPE_EXAMPLES[shape.name];
  const first = [...SCHEMA.values()].find((other) => SHAPE_EXAMPLES[other.name] === example);
  if (first === undefined || first === shape) return yaml(example);
  return `The example of [${first.title.charAt(0).toLowerCase()}${first.title.slice(1)}](#${anchor(first.title)}) has all of these keys.`;
}

function yaml(text: string): string {
  return `\`\`\`yaml\n${text}\n\`\`\``;
}

function keyRow(key: Key): string {
  const name = key.required === true ? `**\`${key.name}\`**` : `\`${key.name}\``;
  const notes = [
    key.kind === true ? 'Kind.' : '',
    key.with === undefined ? '' : `Beside ${key.with.map((kind) => `\`${kind}\``).join(', ')}.`,
  ];
  const meaning = [...notes.filter((note) => note !== ''), key.documentation].join(' ');
  return `| ${[name, describeType(key.type), meaning, key.default ?? ''].map(cell).join(' | ')} |`;
}

function diagnosticsPage(): string {
  const families = [...new Set(Object.values(DIAGNOSTICS).map((one) => one.family))];
  const intro =
    'Every finding has a stable code. A comment `# backstep-disable-next-line CODE` above a line silences one there; ' +
    '`rules: { CODE: off | hint | info | warning | error }` in `.backstep.yaml` changes its severity everywhere.';
  return [`# Diagnostics`, GENERATED, intro, ...families.map(familySection)].join('\n\n') + '\n';
}

function familySection(family: Family): string {
  const rows = Object.entries(DIAGNOSTICS).filter(([, one]) => one.family === family);
  const sections = rows.map(([code, one]) => {
    const fix = one.fixable ? ' A quick fix may be offered.' : '';
    const { wrong, right } = CODE_EXAMPLES[code as DiagnosticCode];
    const text = `${capital(one.severity)}. ${one.summary}\n\n${one.documentation}${fix}`;
    return [`### \`${code}\``, text, 'It is raised here:', yaml(wrong), 'and not here:', yaml(right)].join('\n\n');
  });
  return [`## ${capital(family)}`, ...sections].join('\n\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .replaceAll(' ', '-');
}
