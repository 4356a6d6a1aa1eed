/** The HTML of the diagram's webview. */

export interface PageOptions {
  /** Where the webview may load our own files from. */
  readonly cspSource: string;
  /** Random, and new for each page: only the script that carries it may start. */
  readonly nonce: string;
  readonly script: string;
  readonly style: string;
  /** The workflow that the page shows, kept with its state. */
  readonly uri: string;
}

/**
 * The page, under a policy that forbids everything but our own script, style sheet and fonts: nothing is loaded from
 * elsewhere, nothing is sent anywhere, and no text of a workflow can become a script.
 */
export function diagramPage({ cspSource, nonce, script, style, uri }: PageOptions): string {
  const policy = [
    "default-src 'none'",
    // Chunks that the script loads later carry no nonce; they come from the extension's own folder.
    `script-src 'nonce-${nonce}' ${cspSource}`,
    // Mermaid puts a style element and style attributes into its drawing.
    `style-src ${cspSource} 'unsafe-inline'`,
    `font-src ${cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${escapeAttribute(policy)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Workflow diagram</title>
    <link rel="stylesheet" href="${escapeAttribute(style)}" />
  </head>
  <body data-uri="${escapeAttribute(uri)}">
    <main id="frame" tabindex="0" aria-label="Workflow diagram: Tab enters it, the arrow keys go from state to state, Enter shows a state in the file, plus and minus zoom, zero shows all">
      <div id="canvas"></div>
    </main>
    <div id="workshop" aria-hidden="true"></div>
    <div id="tools" role="toolbar" aria-label="Zoom">
      <button id="zoom-in" title="Zoom in (+)" aria-label="Zoom in">+</button>
      <button id="zoom-out" title="Zoom out (-)" aria-label="Zoom out">−</button>
      <button id="zoom-fit" title="Show all (0)" aria-label="Show all">◻</button>
    </div>
    <div id="status" role="status"></div>
    <div id="notice" role="status" hidden></div>
    <script type="module" nonce="${nonce}" src="${escapeAttribute(script)}"></script>
  </body>
</html>
`;
}

function escapeAttribute(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
