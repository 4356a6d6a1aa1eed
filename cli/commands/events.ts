/** `backstep events`: the events of the local bus. */
import { eventJson } from '../../runner/events/cloud-events.ts';
import { formatData } from '../narrator.ts';
import { journalFile, openToLook, type JournalOption } from '../runs/journals.ts';
import { complain, formatTime, oneLine, paint, print, printJson, table } from '../terminal.ts';

/** Lists events in the order received, with the runs that they were given to. */
export function events(options: JournalOption & { readonly json?: boolean | undefined }): number {
  const opened = openToLook(options);
  if (opened === null) {
    complain(`There are no events yet: no journal is at ${journalFile(options)}.`);
    return 0;
  }
  const { bus } = opened.journal;
  try {
    const found = bus.events().map((event) => ({ event, takers: bus.takers(event.number) }));
    if (options.json === true) {
      for (const { event, takers } of found)
        printJson({ ...eventJson(event), received: new Date(event.at).toISOString(), deliveredTo: takers });
      return 0;
    }
    if (found.length === 0) {
      complain('No event was received yet.');
      return 0;
    }
    const rows = found.map(({ event, takers }) => [
      formatTime(event.at),
      event.type,
      event.id,
      event.source,
      oneLine(takers.join(', ')),
      formatData(event.data),
    ]);
    const heading = ['RECEIVED', 'TYPE', 'ID', 'SOURCE', 'GIVEN TO', 'DATA'];
    for (const line of table([heading, ...rows], (cell, row) => (row === 0 ? paint('bold', cell) : cell))) print(line);
    return 0;
  } finally {
    opened.journal.close();
  }
}
