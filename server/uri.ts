/** Between URIs of documents and paths of files. */
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The path of a `file:` URI, or null for a document that is no file (untitled, from a repository's history …). */
export function pathOf(uri: string): string | null {
  if (!uri.startsWith('file:')) return null;
  try {
    return fileURLToPath(uri);
  } catch {
    // A file URI with a host or with an encoded slash names nothing that could be read here.
    return null;
  }
}

/** The URI of a file, in Node's spelling. */
export function uriOf(path: string): string {
  return pathToFileURL(path).href;
}

/**
 * One spelling for the many that clients have for the same file (`file:///c%3A/`, `file:///C:/`), to compare by. Not to be
 * sent: a client knows a document only by the spelling that it used itself.
 */
export function uriKey(uri: string): string {
  const path = pathOf(uri);
  if (path === null) return uri;
  const key = uriOf(path);
  return process.platform === 'win32' ? key.toLowerCase() : key;
}

/** The path that `path`, written in the file `from`, names; null where `from` is no file. */
export function pathBeside(from: string | null, path: string): string | null {
  return from === null ? null : resolve(dirname(from), path);
}
