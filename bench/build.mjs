// Bundles the pages of the other viewers into the folder named; needs `npm ci` there first.
// usage: node bench/build.mjs FOLDER     (FOLDER has node_modules; pages come from bench/peers/pages)
import { createRequire } from 'node:module';
import { mkdirSync, readdirSync, writeFileSync, cpSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(process.argv[2]);
const { build } = createRequire(join(folder, 'package.json'))('esbuild');
const pages = join(folder, 'pages');
cpSync(new URL('peers/pages', import.meta.url), pages, { recursive: true });
const dist = join(folder, 'dist');
mkdirSync(dist, { recursive: true });
for (const page of readdirSync(pages)) {
  const name = page.replace(/\.jsx?$/, '');
  const isMonaco = name === 'monaco';
  await build({
    entryPoints: [join(pages, page)],
    bundle: true,
    minify: true,
    format: isMonaco ? 'iife' : 'esm',
    splitting: !isMonaco,
    outdir: join(dist, name),
    entryNames: 'main',
    jsx: 'automatic',
    loader: { '.ttf': 'dataurl' },
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  const head = `<!doctype html><meta charset=utf-8><link rel=stylesheet href=/${name}/main.css>`;
  writeFileSync(join(dist, `${name}.html`), `${head}<div id=root></div><script type=module src=/${name}/main.js></script>`);
}
await build({
  entryPoints: [join(folder, 'node_modules/monaco-editor/esm/vs/editor/editor.worker.js')],
  bundle: true,
  minify: true,
  format: 'iife',
  outfile: join(dist, 'monaco.worker.js'),
  logLevel: 'error',
});
