/** The other files, as features that look across files ask for them. */
import type { OpenDocument } from '../documents.ts';
import type { File, Project } from '../features/across.ts';
import { pathBeside } from '../uri.ts';
import type { Pause, Session } from './session.ts';

/** An open document as a file among others. */
export function fileOf(document: OpenDocument): File {
  return { path: document.file, analysis: document.analysis };
}

/** The workspace for one request, which `pause` lets others go before. */
export function projectOf({ documents, workspace }: Session, pause: Pause): Project {
  return {
    fileAt: (path) => {
      const analysis = documents.analyseFile(path);
      return analysis === undefined ? undefined : { path, analysis };
    },
    factsOf: (path) => workspace.factsOf(path),
    namersOf: (path) => workspace.namersOf(path, pause),
    beside: pathBeside,
    pause,
  };
}

/** The project of a request that looks at no more files than it needs to answer at once. */
export function projectAtOnce(session: Session): Project {
  return projectOf(session, () => Promise.resolve(true));
}
