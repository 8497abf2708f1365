// Every page of docs/trainers shows commands and the files they make: here they are run, and every block is compared.
// UPDATE_PAGES=1 writes into the pages what the commands make now.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatNames, formats } from '#libs/training-configs';
import { type Fence, fencesOf, replaceBodies, shellWords } from './fenced-blocks.js';
import { runMain } from './run-main.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = join(root, 'docs/trainers');
const pages = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .map((name) => name.slice(0, -'.md'.length));

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'cuvee-pages-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What stands below "configuration…" on the page lies in a folder of its own here. */
const inScratch = (page: string, path: string) => (path.startsWith('configuration') ? join(scratch, page, path) : path);

/** The commands of one console block, as run; returns the block as it should read. */
async function runConsole(page: string, fence: Fence): Promise<string> {
  const showsOutput = fence.lines.some((line) => !line.startsWith('$ ') && !continues(fence, line));
  const shown: string[] = [];
  for (const command of commandsOf(fence)) {
    shown.push(...command.lines);
    const [npx, cuvee, ...words] = shellWords(command.text);
    expect([npx, cuvee], `${page}.md shows in a console block: ${command.text}`).toEqual(['npx', 'cuvee']);
    const { code, stdout, stderr } = await runMain(words.map((word) => inScratch(page, word)));
    expect(code, `${page}.md: ${command.text}\n${stderr}`).toBe(0);
    if (showsOutput)
      shown.push(
        ...stdout
          .replaceAll(`${join(scratch, page)}/`, '')
          .trimEnd()
          .split('\n'),
      );
  }
  return shown.join('\n');
}

function commandsOf({ lines }: Fence): { text: string; lines: string[] }[] {
  const commands: { text: string; lines: string[] }[] = [];
  let open = false;
  for (const line of lines) {
    if (line.startsWith('$ ')) commands.push({ text: '', lines: [] });
    else if (!open) continue;
    const command = commands.at(-1)!;
    command.lines.push(line);
    open = line.endsWith('\\');
    command.text += `${line.replace(/^\$ /, '').replace(/\\$/, '')} `;
  }
  return commands;
}

const continues = (fence: Fence, line: string) => commandsOf(fence).some(({ lines }) => lines.includes(line));

/** The table of all formats on the page that leads to those of the trainers. */
const entryPage = join(root, 'docs/how-do-i-get-weights-into-my-trainer.md');
const anyOf = new Intl.ListFormat('en', { type: 'disjunction' });

function tableOfFormats(): string {
  const rows = Object.values(formats)
    .sort((a, b) => a.trainer.localeCompare(b.trainer, 'en') || (a.name < b.name ? -1 : 1))
    .map(({ trainer, name, units, phases }) => {
      const native = phases === 'native' ? 'one file' : 'a file for each';
      return `| [${trainer}](trainers/${name}.md) | \`${name}\` | ${anyOf.format(units)} | ${native} |`;
    });
  return ['| trainer | `--format` | a weight counts | phases |', '|---|---|---|---|', ...rows].join('\n');
}

describe('the pages of the trainers', () => {
  it('stand in the table of the page that leads to them', () => {
    const text = readFileSync(entryPage, 'utf8');
    const [before, rest] = text.split('<!-- formats -->\n');
    const [, after] = rest?.split('<!-- /formats -->') ?? [];
    const updated = `${before}<!-- formats -->\n${tableOfFormats()}\n<!-- /formats -->${after}`;
    if (process.env.UPDATE_PAGES === '1') writeFileSync(entryPage, updated);
    else expect(updated).toBe(text);
  });

  it('are led to by one that shows what an export says of the shares', async () => {
    const text = readFileSync(entryPage, 'utf8');
    const fences = fencesOf(text);
    const [command, table] = ['console', 'text'].map((info) => fences.find((fence) => fence.info === info)!);
    const words = shellWords(commandsOf(command!)[0]!.text).slice(2);
    const { code, stderr } = await runMain(words.map((word) => inScratch('entry', word)));
    expect(code, stderr).toBe(0);
    const bodies = fences.map((fence) =>
      fence === table ? stderr.trim().split('\n\nWhat to do')[0]! : fence.lines.join('\n'),
    );
    const updated = replaceBodies(text, fences, bodies);
    if (process.env.UPDATE_PAGES === '1') writeFileSync(entryPage, updated);
    else expect(updated).toBe(text);
  });

  it('are one for each format', () => {
    expect(pages.sort()).toEqual([...formatNames].sort());
  });

  it.each(pages)('%s.md shows what its commands make', async (page) => {
    const path = join(folder, `${page}.md`);
    const text = readFileSync(path, 'utf8');
    const fences = fencesOf(text);
    const bodies: string[] = [];
    let exports = 0;
    for (const fence of fences) {
      const file = /(?:^|\s)file=(\S+)/.exec(fence.info)?.[1];
      if (fence.info === 'console') {
        exports += commandsOf(fence).filter(
          ({ text }) => text.includes('cuvee export ') && text.includes(`--format ${page} `),
        ).length;
        bodies.push(await runConsole(page, fence));
      } else if (file !== undefined) {
        expect(file, `${page}.md: a file lies below configuration…`).toMatch(/^configuration/);
        const content = readFileSync(inScratch(page, file), 'utf8');
        bodies.push(content.replace(/\n$/, ''));
      } else bodies.push(fence.lines.join('\n'));
    }
    expect(exports, `${page}.md has a console block that exports --format ${page}`).toBeGreaterThan(0);
    expect(fences.filter(({ info }) => info.includes('file=')).length, `${page}.md shows a file`).toBeGreaterThan(0);
    const updated = replaceBodies(text, fences, bodies);
    if (process.env.UPDATE_PAGES === '1') writeFileSync(path, updated);
    else expect(updated).toBe(text);
  });
});
