/** Transitions, handlers, listeners and rollback targets: what leads from one state to another. */
import { innerRange, isMissing, type Node, valueOf } from '../tree.ts';
import type { Handler, Listener, RollbackTarget, Transition } from '../workflow.ts';
import { entriesAt, itemsAt, located, nodeAt, stringAt, stringsAt } from './read.ts';

/** The transitions that `node` writes: a name, a mapping, or a list of these. */
export function transitionsOf(node: Node | null | undefined): readonly Transition[] {
  if (node === null || node === undefined || isMissing(node)) return [];
  if (node.kind === 'sequence') return node.items.flatMap(transitionOf);
  return transitionOf(node);
}

function transitionOf(node: Node): readonly Transition[] {
  if (node.kind === 'sequence' || isMissing(node)) return [];
  if (node.kind === 'scalar') {
    return [{ node, range: node.range, when: null, assign: [], rollback: null, next: located(node) }];
  }
  return [
    {
      node,
      range: node.range,
      when: nodeAt(node, 'when'),
      assign: entriesAt(node, 'assign'),
      rollback: rollbackOf(valueOf(node, 'rollback')),
      next: stringAt(node, 'next'),
    },
  ];
}

/** The handlers in the list at `catch` of `node`. */
export function handlersOf(node: Node | null): readonly Handler[] {
  return itemsAt(node, 'catch').flatMap((item): Handler[] => {
    if (item.kind !== 'map') return [];
    return [
      {
        node: item,
        range: item.range,
        errors: stringsAt(item, 'errors'),
        when: nodeAt(item, 'when'),
        assign: entriesAt(item, 'assign'),
        rollback: rollbackOf(valueOf(item, 'rollback')),
        next: stringAt(item, 'next'),
      },
    ];
  });
}

/** The listeners in the mapping at `on` of `node`: an event type with a name, a mapping, or a list of mappings. */
export function listenersOf(node: Node | null): readonly Listener[] {
  return entriesAt(node, 'on').flatMap(({ key, value, range }): Listener[] => {
    const event = { value: key.text, range: innerRange(key) };
    const nodes = value.kind === 'sequence' ? value.items : [value];
    return nodes.map((one) => listener(event, one, value.kind === 'sequence' ? one.range : range));
  });
}

function listener(event: Listener['event'], node: Node, range: Listener['range']): Listener {
  if (node.kind !== 'map') return { event, node, range, match: null, assign: [], transitions: transitionsOf(node) };
  const when = nodeAt(node, 'when');
  const rollback = rollbackOf(valueOf(node, 'rollback'));
  const transitions = transitionsOf(valueOf(node, 'next')).map((transition) => ({
    ...transition,
    when: transition.when ?? when,
    rollback: transition.rollback ?? rollback,
  }));
  return { event, node, range, match: nodeAt(node, 'match'), assign: entriesAt(node, 'assign'), transitions };
}

/** How far back `node` says to go. */
export function rollbackOf(node: Node | null | undefined): RollbackTarget | null {
  const how = located(node);
  if (how?.value === 'all' || how?.value === 'scope') return { how: how.value, to: null, range: how.range };
  if (node?.kind !== 'map') return null;
  return { how: 'to', to: stringAt(node, 'to'), range: node.range };
}
