import { createHash } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';

export const START_PAGE_PATH = '/console';

interface StartPageOptions {
  readonly endpoint: {
    /** Without a slash at its end. */
    readonly url: string;
    cloneUrlHttp(region: string, repositoryName: string): string;
  };
  readonly region: string;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #16191f; --paper: #f2f3f3; --card: #fff; --line: #d5dbdb; --mark: #0b57a4; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9ebed; --paper: #0f1b2a; --card: #192534; --line: #414d5c; --mark: #7ab8f5; }
}
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { margin: 0; } h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem; margin-top: 1.25rem; }
pre { margin: .5rem 0 0; padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 8px; font: 14px/1.5 ui-monospace, monospace; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; margin: 0; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; } a { color: var(--mark); }
`;

/** What a browser sees at the endpoint: where it is and how to use it. Public, so it tells nothing of any account. */
export function startPage(options: StartPageOptions): FastifyPluginAsync {
  const styleHash = createHash('sha256').update(STYLE).digest('base64');
  return async (scope) => {
    scope.get(START_PAGE_PATH, (_request, reply) =>
      reply
        .headers({
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
        })
        .send(page(options)),
    );
  };
}

function page({ endpoint, region }: StartPageOptions): string {
  const address = escapeHtml(endpoint.url);
  const clone = escapeHtml(endpoint.cloneUrlHttp(region, 'demo'));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Codekeep</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Codekeep</h1>
<p>Private Git hosting that behaves like AWS CodeCommit. This address serves the API of CodeCommit, IAM, KMS and STS, and Git.
A console for the browser is not part of this version: everything is done with the AWS CLI or an SDK, and Git.</p>
<section>
<h2>This endpoint</h2>
<dl><dt>Address</dt><dd>${address}</dd><dt>Region</dt><dd>${region}</dd></dl>
</section>
<section>
<h2>AWS CLI</h2>
<p>With your access key configured:</p>
<pre>aws --endpoint-url ${address} --region ${region} codecommit create-repository --repository-name demo</pre>
</section>
<section>
<h2>Git</h2>
<p>With Git credentials, made by <code>aws iam create-service-specific-credential</code>:</p>
<pre>git clone ${clone}</pre>
</section>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
