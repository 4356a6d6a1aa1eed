// What runs inside VS Code's extension host: Mocha over the suites listed below, against VS Code's API. The same
// bundle runs in the desktop and in the workbench; its results go to the file named in BACKSTEP_TEST_REPORT.
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import type { Result } from '../report.ts';

/** Called by VS Code; rejects when a test failed. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000 });
  // The suites call `describe` and `it` while they load, so these must be there first.
  mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, '', mocha);
  await import('./activation.ts');
  await import('./editing.ts');
  await import('./debugging.ts');
  const results: Result[] = [];
  const failed = await new Promise<number>((done) => {
    mocha
      .run(done)
      .on('pass', (test) => results.push({ title: test.fullTitle() }))
      .on('fail', (test, error: Error) => {
        results.push({ title: test.fullTitle(), error: error.stack ?? error.message });
      });
  });
  const report = process.env['BACKSTEP_TEST_REPORT'];
  if (report !== undefined) writeFileSync(report, JSON.stringify(results));
  if (failed > 0) throw new Error(`${failed} tests failed`);
}
