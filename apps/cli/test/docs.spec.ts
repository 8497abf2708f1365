import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createSweepSchema, importedConstraintsSchema, objectiveSchema } from '#libs/contracts';
import { commands } from '../src/commands.js';

const root = new URL('../../../', import.meta.url);
const pages = [
  'README.md',
  ...['docs/', 'docs/trainers/'].flatMap((folder) =>
    readdirSync(new URL(folder, root))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}${name}`),
  ),
];
const text = (page: string) => readFileSync(new URL(page, root), 'utf8');

describe('the documentation', () => {
  it('shows a sweep that the API accepts', () => {
    const [, body] = /```json\n([\s\S]*?)```/.exec(text('docs/how-do-i-run-a-sweep.md')) ?? [];
    expect(createSweepSchema.safeParse(JSON.parse(body ?? '')).error).toBeUndefined();
  });

  it('shows an objective and constraints that the offline commands and the API accept', () => {
    const blocks = [...text('docs/i-already-have-runs.md').matchAll(/```json\n([\s\S]*?)```/g)];
    const [objective, constraints] = blocks.map(([, body]) => JSON.parse(body ?? ''));
    expect(objectiveSchema.safeParse(objective).error).toBeUndefined();
    expect(importedConstraintsSchema.safeParse(constraints).error).toBeUndefined();
  });

  it.each(pages)('%s links to files that exist', (page) => {
    for (const [, target] of text(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      const path = fileURLToPath(new URL(target ?? '', new URL(page, root)));
      expect(() => readFileSync(path).length || readdirSync(path), `${page} → ${target}`).not.toThrow(/ENOENT/);
    }
  });

  it('names commands and options that the program has', async () => {
    const program = new Command();
    for (const { load } of commands) (await load())(program);
    const blocks = pages.flatMap((page) =>
      [...text(page).matchAll(/^(?:\$ )?(?:npx )?cuvee .*$|`(?:npx )?cuvee ([^`]+)`/gm)].map(([line]) => line),
    );
    expect(blocks.length).toBeGreaterThan(10);
    for (const block of blocks) {
      const words = block
        .replaceAll('`', '')
        .replace(/#.*/, '')
        .split(/\s+/)
        .filter((word) => word !== '' && word !== 'npx' && word !== '$');
      let command = program.commands.find((candidate) => candidate.name() === words[1]);
      expect(command, block).toBeDefined();
      const nested = command?.commands.find((candidate) => candidate.name() === words[2]);
      command = nested ?? command;
      const flags = command?.options.map((option) => option.long) ?? [];
      for (const word of words) if (word.startsWith('--')) expect([...flags, '--help'], block).toContain(word);
    }
  });
});
