import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findImpureUses, pureFiles } from './pure-libraries.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const fixture = fileURLToPath(new URL('./fixtures/', import.meta.url));
const require = createRequire(import.meta.url);
const configuration = join(root, '.dependency-cruiser.cjs');
const rules: string[] = require(configuration).forbidden.map(({ name }: { name: string }) => name);

interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}

function cruise(folder: string): { violations: Violation[]; modules: number } {
  const program = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const trees = ['apps', 'libs', 'gpu-workers'].filter((tree) => existsSync(join(folder, tree)));
  let printed: string;
  try {
    printed = execFileSync(process.execPath, [program, '--config', configuration, '--output-type', 'json', ...trees], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
  } catch (error) {
    printed = (error as { stdout: string }).stdout; // ends with the number of violations
  }
  const { summary } = JSON.parse(printed);
  return { violations: summary.violations, modules: summary.totalCruised };
}

describe('the boundary rules', () => {
  const { violations } = cruise(fixture);

  it.each(rules)('%s fails on the import that breaks it', (rule) => {
    const files = violations.filter((violation) => violation.rule.name === rule).map(({ from }) => from);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(file).toMatch(new RegExp(`/illegal-${rule}(-back)?\\.ts$`));
  });

  it('hold in the project itself', () => {
    const { violations, modules } = cruise(root);
    expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
    expect(modules).toBeGreaterThan(100);
  });
});

describe('pure libraries', () => {
  it('are caught when they use clock, chance or machine', () => {
    expect(findImpureUses(fixture).map(({ line, name }) => `${line} ${name}`)).toEqual([
      '5 Date',
      '6 Math.random',
      '7 process',
      '8 setTimeout',
      '9 globalThis',
      '10 Math.random',
    ]);
  });

  it('use none of it', () => {
    expect(findImpureUses(root)).toEqual([]);
    expect(pureFiles(root).length).toBeGreaterThan(30);
  });
});
