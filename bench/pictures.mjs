// Takes pictures of the diff of the engine's hand-made cases, in all views, themes and widths, to be looked at.
// usage: node bench/pictures.mjs FOLDER OURS TARGET [cases]     (FOLDER and OURS as for run.mjs)
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { execSync } from 'node:child_process';
import { extname, join, resolve } from 'node:path';

const [folder, ours, target] = process.argv.slice(2, 5).map((path) => resolve(path));
const names = (process.argv[5] ?? 'two_places_in_a_long_prompt,item_moved_and_reworded,hidden_characters,long_line_lost_half,list_to_prose,example_in_a_tagged_block,ideographs').split(',');
const { chromium } = createRequire(join(folder, 'package.json'))('playwright-core');
const cases = new URL('../crates/prompt-diff/tests/cases/', import.meta.url);
const types = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html', '.wasm': 'application/wasm' };
const server = createServer((request, answer) => {
  const file = join(ours, decodeURI(request.url.split('?')[0]));
  if (!existsSync(file) || !statSync(file).isFile()) return answer.writeHead(404).end();
  return answer.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file));
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? execSync('command -v chromium').toString().trim(),
  args: ['--no-sandbox', '--disable-gpu'],
});
mkdirSync(target, { recursive: true });
for (const name of names) {
  const [, before, after] = readFileSync(new URL(`${name}.txt`, cases), 'utf8').split(/=== (?:before|after) ===\n/);
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1400, 390]) {
      for (const view of ['split', 'inline', 'reading']) {
        if (view === 'split' && width < 800) continue;
        const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
        await page.goto(`http://127.0.0.1:${server.address().port}/index.html`);
        await page.waitForFunction(() => typeof window.render === 'function', null, { timeout: 60_000 });
        await page.evaluate(([before, after]) => window.render(before, after, document.getElementById('root')), [before, after]);
        await page.click(`[data-tab=${view}]`);
        await page.waitForTimeout(300);
        await page.screenshot({ path: join(target, `${name}-${view}-${colorScheme}-${width}.png`) });
        await page.close();
      }
    }
  }
}
await browser.close();
server.close();
