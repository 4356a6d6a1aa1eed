/**
 * Secrets of workflows (`secrets.NAME`), kept in the editor's own secret storage. They reach a run through the
 * environment of its process alone: never through a launch configuration, a log or a message.
 */
import type { ExtensionContext } from 'vscode';
import { commands, window } from 'vscode';

export interface Secrets {
  /** The variables that a process is started with to know the secrets. */
  environment(): Promise<Record<string, string>>;
}

/** The names whose values are stored; the storage itself cannot list them on every version of VS Code. */
const NAMES = 'backstep.secrets';
const key = (name: string): string => `backstep.secret.${name}`;

/** Registers the commands that store and remove a secret. */
export function registerSecrets(context: ExtensionContext): Secrets {
  const names = (): string[] => context.globalState.get<string[]>(NAMES, []);
  context.subscriptions.push(
    commands.registerCommand('backstep.setSecret', async () => {
      const name = await window.showInputBox({
        title: 'Name of the secret, as in ${ secrets.NAME }',
        validateInput: (text) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? null : 'Letters, digits and _ only.'),
      });
      if (name === undefined) return;
      const value = await window.showInputBox({ title: `Value of ${name}`, password: true, ignoreFocusOut: true });
      if (value === undefined) return;
      await context.secrets.store(key(name), value);
      await context.globalState.update(NAMES, [...new Set([...names(), name])].sort());
      void window.showInformationMessage(`The secret ${name} is stored; runs that start from now on know it.`);
    }),
    commands.registerCommand('backstep.removeSecret', async () => {
      const name = await window.showQuickPick(names(), { title: 'Secret to remove' });
      if (name === undefined) return;
      await context.secrets.delete(key(name));
      await context.globalState.update(
        NAMES,
        names().filter((other) => other !== name),
      );
    }),
  );
  return {
    environment: async () => {
      const pairs = await Promise.all(
        names().map(async (name) => [`BACKSTEP_SECRET_${name}`, await context.secrets.get(key(name))] as const),
      );
      return Object.fromEntries(pairs.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
    },
  };
}
