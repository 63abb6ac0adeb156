// Times every viewer on the same pairs, in turn, in one headless Chromium, and prints tables in Markdown.
// usage: node bench/run.mjs FOLDER OURS [rounds] [names]
//   FOLDER: the built pages of the other viewers (node_modules and dist/);  OURS: our built page
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { execSync } from 'node:child_process';
import { extname, join, resolve } from 'node:path';
import { adversarial, cases, growth } from './cases.mjs';

const [folder, ours] = process.argv.slice(2, 4).map((path) => resolve(path));
const rounds = Number(process.argv[4] ?? 5);
const only = process.argv[5]?.split(',');
const { chromium } = createRequire(join(folder, 'package.json'))('playwright-core');

const types = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html', '.wasm': 'application/wasm' };
const server = createServer((request, answer) => {
  const path = decodeURI(request.url.split('?')[0]);
  const file = path.startsWith('/ours/') ? join(ours, path.slice(6)) : join(folder, 'dist', path);
  if (!existsSync(file) || !statSync(file).isFile()) {
    answer.writeHead(404).end();
    return;
  }
  answer.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file));
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const base = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? execSync('command -v chromium').toString().trim(),
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

const OURS = 'dream-review';
/** The same page without the run over a sample that the console makes while its first screen is read. */
const COLD = 'dream-review, cold';
const own = [OURS, COLD];
const peers = readdirSync(join(folder, 'dist')).filter((file) => file.endsWith('.html')).map((file) => file.slice(0, -5));
const names = [...own, ...peers].filter((name) => !only || only.includes(name));
const address = (name) => (own.includes(name) ? `${base}/ours/index.html${name === COLD ? '#cold' : ''}` : `${base}/${name}.html`);

/** Renders one pair in a fresh page; times from texts in hand to the frame in which the first screen is painted. */
async function once(name, pair, watch) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  try {
    await page.goto(address(name));
    await page.waitForFunction(() => typeof window.render === 'function', null, { timeout: 15_000 });
    const limit = new Promise((_, fail) => setTimeout(() => fail(new Error('over 60 s')), 60_000));
    const result = await Promise.race([page.evaluate(measure, [pair.old, pair.new, watch]), limit]);
    return result;
  } finally {
    await page.close().catch(() => {});
  }
}

/** Runs in the page. */
async function measure([before, after, watch]) {
  const root = document.getElementById('root');
  const tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map((task) => task.duration))).observe({ type: 'longtask' });
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const start = performance.now();
  await window.render(before, after, root);
  await frame();
  await frame();
  const ms = performance.now() - start;
  const count = (node) => {
    let nodes = 0;
    for (const element of node.querySelectorAll('*')) nodes += 1 + (element.shadowRoot ? count(element.shadowRoot) : 0);
    return nodes;
  };
  const measures = Object.fromEntries(performance.getEntriesByType('measure').map((entry) => [entry.name, entry.duration]));
  const result = { ms, dom: count(root), measures };
  if (watch) {
    await new Promise((done) => setTimeout(done, 300));
    const frames = [];
    let dom = result.dom;
    let last = performance.now();
    for (let step = 0; step < 60; step += 1) {
      window.scrollBy(0, 240);
      await frame();
      const now = performance.now();
      frames.push(now - last);
      last = now;
      dom = Math.max(dom, count(root));
    }
    await new Promise((done) => setTimeout(done, 100));
    Object.assign(result, { longest: Math.max(0, ...tasks), frames, dom, heap: window.wasmMemory?.() });
  }
  return result;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const spread = (values) => `${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)}`;

/** Times all viewers on all pairs, in turn, so that a busy moment of the machine meets all of them. */
async function table(pairs, names, watch) {
  const results = {};
  for (const pair of pairs) {
    for (let round = 0; round < rounds; round += 1) {
      for (const name of names) {
        const of = ((results[pair.label] ??= {})[name] ??= { runs: [] });
        if (of.failure) continue;
        try {
          of.runs.push(await once(name, pair, watch && name === OURS));
        } catch (error) {
          of.failure = error.message.split('\n')[0].slice(0, 80);
        }
      }
    }
    for (const name of names) {
      const { runs, failure } = results[pair.label][name];
      const times = runs.map((run) => run.ms);
      console.error(pair.label.padEnd(24), name.padEnd(18), failure ?? `${median(times).toFixed(1)} ms (${spread(times)}), ${runs.at(-1).dom} elements`);
    }
  }
  return results;
}

const cell = ({ runs, failure }) => (failure ? 'failed' : `${median(runs.map((run) => run.ms)).toFixed(0)} (${spread(runs.map((run) => run.ms))})`);
const row = (cells) => `| ${cells.join(' | ')} |`;
const heads = (cells) => `${row(cells)}\n${row(cells.map(() => '---'))}`;

const main = await table(cases(), names, true);
console.log(`\nMilliseconds to the first painted screen, median of ${rounds} (lowest–highest):\n`);
console.log(heads(['texts', ...names, 'ours / best other']));
for (const [label, of] of Object.entries(main)) {
  const time = (name) => (of[name].failure ? Infinity : median(of[name].runs.map((run) => run.ms)));
  const best = Math.min(...names.filter((name) => !own.includes(name)).map(time));
  const ratio = names.includes(OURS) && best < Infinity ? (time(OURS) / best).toFixed(2) : '';
  console.log(row([label, ...names.map((name) => cell(of[name])), ratio]));
}
if (names.includes(OURS)) {
  console.log(`\nOurs in detail, medians:\n`);
  console.log(heads(['texts', 'diff:compute ms', 'diff:paint ms', 'longest task ms', 'most elements', 'WASM heap MB', 'slowest of 60 scrolled frames ms', 'median frame ms']));
  for (const [label, of] of Object.entries(main)) {
    const { runs } = of[OURS];
    if (!runs.length) continue;
    const of_ = (pick) => median(runs.map(pick));
    console.log(row([
      label,
      of_((run) => run.measures['diff:compute'] ?? NaN).toFixed(1),
      of_((run) => run.measures['diff:paint'] ?? NaN).toFixed(1),
      of_((run) => run.longest).toFixed(0),
      of_((run) => run.dom),
      (of_((run) => run.heap ?? NaN) / 1e6).toFixed(1),
      of_((run) => Math.max(...run.frames)).toFixed(0),
      of_((run) => median(run.frames)).toFixed(1),
    ]));
  }
  const grown = await table(growth(), [OURS], false);
  console.log(`\nTypical edits as the text grows (1 × is 12.5 kB), medians:\n`);
  console.log(heads(['size', 'diff:compute ms', 'first painted screen ms']));
  for (const [label, of] of Object.entries(grown)) {
    const { runs } = of[OURS];
    console.log(row([label, median(runs.map((run) => run.measures['diff:compute'])).toFixed(1), median(runs.map((run) => run.ms)).toFixed(0)]));
  }
  const slow = await table(adversarial(), [OURS], true);
  console.log(`\nTexts made to be slow, medians:\n`);
  console.log(heads(['texts', 'diff:compute ms', 'first painted screen ms', 'longest task ms', 'most elements']));
  for (const [label, of] of Object.entries(slow)) {
    const { runs } = of[OURS];
    if (!runs.length) continue;
    const of_ = (pick) => median(runs.map(pick));
    console.log(row([label, of_((run) => run.measures['diff:compute'] ?? NaN).toFixed(0), of_((run) => run.ms).toFixed(0), of_((run) => run.longest).toFixed(0), of_((run) => run.dom)]));
  }
}
await browser.close();
server.close();
