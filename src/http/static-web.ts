import { readFile, stat } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Nothing from elsewhere, no script in the page itself. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";

const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-cache',
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Referrer-Policy': 'same-origin',
};

/**
 * Serves the built page. `/`, `/web` and everything below `/web/` is the page itself (it knows the historic paths); other
 * paths are files of the build. Files under `assets/` carry their digest in the name and never change.
 *
 * @returns a function from a path below the URL prefix to a Response, or null when there is no such file.
 */
export function createStaticWeb(settings: { readonly staticDir: string; readonly urlPrefix: string }) {
  const { staticDir, urlPrefix } = settings;

  const page = async (): Promise<Response> => {
    const html = await readFile(join(staticDir, 'index.html'), 'utf8').catch(() => null);
    if (html === null) return new Response(NOT_BUILT, { status: 503, headers: pageHeaders });
    return new Response(withBase(html, `${urlPrefix}/`), { headers: pageHeaders });
  };

  return async (path: string, headers: Headers): Promise<Response | null> => {
    if (path === '/' || path === '/web' || path.startsWith('/web/')) return page();
    const file = await fileOf(staticDir, path);
    if (file === null) return null;
    const isHashed = path.startsWith('/assets/');
    const etag = `"${file.size.toString(36)}-${Math.round(file.mtimeMs).toString(36)}"`;
    const shared = {
      ETag: etag,
      'Cache-Control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    };
    if (headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers: shared });
    const contentType = CONTENT_TYPES[extname(file.path).toLowerCase()] ?? 'application/octet-stream';
    return new Response(new Uint8Array(await readFile(file.path)), {
      headers: { ...shared, 'Content-Type': contentType },
    });
  };
}

/** The file a path names, if it lies inside the folder and is a plain file. */
async function fileOf(staticDir: string, path: string) {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return null;
  }
  if (decoded.includes('\0')) return null;
  const root = normalize(staticDir + sep);
  const full = normalize(join(root, decoded));
  if (!full.startsWith(root)) return null;
  const found = await stat(full).catch(() => null);
  return found?.isFile() ? { path: full, size: found.size, mtimeMs: found.mtimeMs } : null;
}

/** Makes every relative address of the page relative to the URL prefix, however deep the path it is shown at. */
export function withBase(html: string, base: string): string {
  const escaped = base.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
  const tag = `<base href="${escaped}" />`;
  if (/<base\b[^>]*>/i.test(html)) return html.replace(/<base\b[^>]*>/i, () => tag);
  return html.replace(/<head\b[^>]*>/i, (head) => `${head}${tag}`);
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>orchestrator</title></head>
<body>
<h1>orchestrator is running, its page is not built</h1>
<p>Run <code>npm run build</code> in the folder of the program and reload. The API below <code>api/</code> works without it.</p>
</body>
</html>
`;
