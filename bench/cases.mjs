// The texts that every viewer is timed on: made, not collected, and the same in every run.

/** A small generator of numbers that are the same everywhere (mulberry32). */
function numbers(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const WORDS = `ask answer refund order customer number before after never always only must policy price delivery address
account invoice colleague escalate reply message short polite clear exact amount limit approve reason note date time
language system agent tool call search result list name city street parcel return label stock item size colour change
cancel confirm promise check twice write read keep quote offer discount gift card wallet bank transfer week month`
  .split(/\s+/);

function sentence(random) {
  const length = 6 + Math.floor(random() * 14);
  const words = Array.from({ length }, () => WORDS[Math.floor(random() * WORDS.length)]);
  words[0] = words[0][0].toUpperCase() + words[0].slice(1);
  return `${words.join(' ')}.`;
}

/** A prompt of about `size` characters: headings, lists, one-line paragraphs, tagged examples. */
export function prompt(size, seed = 1) {
  const random = numbers(seed);
  const parts = [];
  let length = 0;
  const push = (line) => {
    parts.push(line);
    length += line.length + 1;
  };
  for (let section = 1; length < size; section += 1) {
    push(`## ${section}. ${sentence(random).slice(0, 30)}`, '');
    push('');
    for (let item = 0; item < 4 && length < size; item += 1) push(`- ${sentence(random)}`);
    push('');
    push(Array.from({ length: 3 + Math.floor(random() * 8) }, () => sentence(random)).join(' '));
    push('');
    push('<example>');
    push(`User: ${sentence(random)}`);
    push(`Agent: ${sentence(random)}`);
    push('</example>');
    push('');
  }
  return `${parts.join('\n').slice(0, size)}\n`;
}

/** What a dream does to a prompt: one line in about forty is reworded, one added, one taken away. */
export function edited(text, seed = 2) {
  const random = numbers(seed);
  const lines = [];
  for (const line of text.split('\n')) {
    const chance = random();
    if (chance < 0.025 && line.length > 10) {
      const words = line.split(' ');
      words[Math.floor(words.length / 2)] = 'only';
      words.splice(Math.floor(words.length / 3), 0, 'never');
      lines.push(words.join(' '));
    } else if (chance < 0.033) {
      lines.push(line, `- ${sentence(random)}`);
    } else if (chance >= 0.04 || line.length < 10) {
      lines.push(line);
    }
  }
  return lines.join('\n');
}

/** Every paragraph said anew: half of its words are others. */
export function rewritten(text, seed = 3) {
  const random = numbers(seed);
  const other = () => WORDS[Math.floor(random() * WORDS.length)];
  const line = (words) => words.map((word) => (random() < 0.5 && /^[a-z]/i.test(word) ? other() : word)).join(' ');
  return text.split('\n').map((text) => line(text.split(' '))).join('\n');
}

/** A tree of memories: `all` files, of which `changed` are created, edited or removed. */
export function tree(all = 2000, changed = 200) {
  const files = [];
  for (let number = 0; number < all; number += 1) {
    const path = `area-${number % 20}/topic-${number % 200}/memory-${number}.md`;
    const text = prompt(400, number + 10);
    const step = Math.floor(all / changed);
    const is = number % step === 0 ? Math.floor(number / step) % 4 : -1;
    if (is === 0) files.push({ path, before: null, after: text });
    else if (is === 1) files.push({ path, before: text, after: null });
    else if (is > 1) files.push({ path, before: text, after: edited(`${text}- ${sentence(numbers(number))}\n`, number) });
    else files.push({ path, before: text, after: text });
  }
  return files;
}

/** The pairs, by name. The tree is one text to those who know no files: the changed ones below one another. */
export function cases() {
  const pair = (label, before, after) => ({ label, old: before, new: after });
  const typical = (size) => [prompt(size), edited(prompt(size))];
  const big = prompt(100_000);
  const line = big.replaceAll('\n', ' ');
  const files = tree().filter((file) => file.before !== file.after);
  const joined = (side) => files.map((file) => `# ${file.path}\n${file[side] ?? ''}`).join('\n');
  return [
    pair('2 kB', ...typical(2_000)),
    pair('20 kB', ...typical(20_000)),
    pair('100 kB', ...typical(100_000)),
    pair('100 kB rewritten', big, rewritten(big)),
    pair('100 kB on one line', line, line.replaceAll('. Never', '. Always never').replaceAll(' refund order', ' refund an order')),
    pair('200 of 2,000 files', joined('before'), joined('after')),
  ];
}

/** Typical edits at 1, 2, 4 and 8 times a size. */
export function growth() {
  return [1, 2, 4, 8].map((times) => {
    const text = prompt(times * 12_500);
    return { label: `${times} ×`, old: text, new: edited(text) };
  });
}

/** Texts made to be slow, as in `crates/prompt-diff/tests/budget.rs`. */
export function adversarial() {
  const pair = (label, before, after) => ({ label, old: before, new: after });
  const numbered = (count, line) => Array.from({ length: count }, (_, n) => `${line(n)}\n`).join('');
  const words = (count, salt) => numbered(1, () => Array.from({ length: count }, (_, n) => `w${(n * 7919 + salt) % 4001}`).join(' '));
  const ideographs = (salt) => Array.from({ length: 100_000 }, (_, n) => String.fromCodePoint(0x4e00 + ((n * 31 + salt * Math.floor(n / 997)) % 997))).join('');
  return [
    pair('one line of 100 kB, no word alike', words(20_000, 0), words(20_000, 1_234)),
    pair('20,000 reversed lines', numbered(20_000, (n) => `line ${n}`), numbered(20_000, (n) => `line ${19_999 - n}`)),
    pair('60 lines of 4,000 characters', numbered(60, (n) => words(700, n)), numbered(60, (n) => words(700, n + 99))),
    pair('20,000 equal lines', 'same\n'.repeat(20_000), 'same\n'.repeat(19_000)),
    pair('100,000 ideographs on one line', ideographs(0), ideographs(5)),
  ];
}
