/** Workflows that `run` names, as far as their texts are at hand. */
import { buildWorkflow, type Built } from '../build/build.ts';
import { joinPath, type LanguageContext } from '../context.ts';
import { operationsOf } from '../operations.ts';
import { parse } from '../parse.ts';
import type { TemplateSite } from '../sites.ts';
import { checkForm } from '../validate/form.ts';
import type { World } from './world.ts';

/** Children of children are followed this far. */
const MAX_DISTANCE = 3;

/** The types of the workflow at `path`, or null where it is not known or can’t be read. */
export function childOf(world: World, path: string): World | null {
  const known = world.children.get(path);
  if (known !== undefined) return known;
  const child = readChild(world, path);
  world.children.set(path, child);
  return child;
}

function readChild(world: World, path: string): World | null {
  const { context } = world.file;
  if (path === '' || path.includes('${') || world.distance >= MAX_DISTANCE) return null;
  const resource = context.resource?.(path);
  if (resource?.kind !== 'text') return null;
  const read = readFile(resource.text);
  if (read === null) return null;
  const { resource: around, parseModule } = context;
  const own: LanguageContext = {
    file: path,
    ...(parseModule === undefined ? {} : { parseModule }),
    ...(around === undefined ? {} : { resource: (file: string) => around(joinPath(path, file)) }),
  };
  const { workflow } = read.built;
  return world.worldOf(
    { workflow, operations: operationsOf(workflow, own), sites: read.sites, context: own },
    world.distance + 1,
  );
}

interface ReadFile {
  readonly built: Built;
  readonly sites: readonly TemplateSite[];
}

/** Children are asked for at every key in their parent, but change rarely: the last few stay read. */
const files = new Map<string, ReadFile | null>();
const MAX_FILES = 16;

function readFile(text: string): ReadFile | null {
  const known = files.get(text);
  if (known !== undefined) return known;
  const tree = parse(text);
  let read: ReadFile | null = null;
  if (tree.problems.length === 0) {
    const built = buildWorkflow(tree);
    read = { built, sites: checkForm(tree.root, text, built, 'workflow').sites };
  }
  const [oldest] = files.keys();
  if (files.size >= MAX_FILES && oldest !== undefined) files.delete(oldest);
  files.set(text, read);
  return read;
}
