/** Neovim, the real client of another editor that the server is tested with. */
import { spawnSync } from 'node:child_process';

const HELP =
  'The test of other editors needs Neovim 0.7 or later as `nvim`. Install it, on Debian by `apt-get install neovim`, and run it again.';

/** The version of the Neovim that is there; as root on Debian it is installed where there is none. Throws where it can't be. */
export function neovim(): string {
  const found = version();
  if (found !== null) return found;
  if (process.getuid?.() === 0 && ran('apt-get', ['--version'])) {
    const install = ['install', '-y', '-qq', '--no-install-recommends', 'neovim'];
    if (!ran('apt-get', install)) {
      ran('apt-get', ['update', '-qq']);
      ran('apt-get', install);
    }
  }
  const installed = version();
  if (installed === null) throw new Error(HELP);
  return installed;
}

function version(): string | null {
  const { status, stdout } = spawnSync('nvim', ['--version'], { encoding: 'utf8' });
  return status === 0 ? (/^NVIM v(\S+)/.exec(stdout)?.[1] ?? null) : null;
}

function ran(program: string, args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(program, args, { stdio: 'ignore', env }).status === 0;
}
