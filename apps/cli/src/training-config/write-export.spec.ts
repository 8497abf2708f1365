import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { canonicalProposal, digestOf, type ExportedFile, exportProposal, exportTag } from '#libs/training-configs';
import { readEarlierExport } from './earlier-export.js';
import { writeExport } from './write-export.js';

vi.mock('node:fs/promises', async (importActual) => {
  const actual = await importActual<typeof import('node:fs/promises')>();
  return { ...actual, rename: vi.fn(actual.rename) };
});

let around: string;
let folder: string;
beforeEach(() => {
  around = mkdtempSync(join(tmpdir(), 'cuvee-write-export-'));
  folder = join(around, 'configuration');
});
afterEach(() => rmSync(around, { recursive: true, force: true }));

const filesFor = (web: number): readonly ExportedFile[] =>
  exportProposal(canonicalProposal({ weights: { web, code: 1 - web } }), 'megatron', { location: '/d/{domain}' }).files;
const put = async (files: readonly ExportedFile[], force = false) =>
  writeExport(folder, 'megatron', files, await readEarlierExport(folder, 'megatron'), force);
const text = (path: string) => readFileSync(join(folder, path), 'utf8');

describe('writeExport', () => {
  it('leaves a folder whose tag is the one that the service computes', async () => {
    const files = filesFor(0.5);
    expect((await put(files)).changed).toBe(true);
    expect((await readEarlierExport(folder, 'megatron'))?.tag).toBe(exportTag(files));
    expect(readdirSync(folder).sort()).toEqual(files.map(({ path }) => path).sort());
  });

  it('touches no file where nothing changed', async () => {
    await put(filesFor(0.5));
    const before = statSync(join(folder, 'blend.txt')).ino;
    expect((await put(filesFor(0.5))).changed).toBe(false);
    expect(statSync(join(folder, 'blend.txt')).ino).toBe(before);
  });

  it('refuses to replace a file that was edited, or that it did not write, and then writes nothing', async () => {
    await put(filesFor(0.5));
    writeFileSync(join(folder, 'blend.txt'), 'mine\n');
    const { tag } = (await readEarlierExport(folder, 'megatron'))!;
    expect(tag).not.toBe(exportTag(filesFor(0.5)));
    await expect(put(filesFor(0.25))).rejects.toThrow(
      /blend\.txt has been edited since Cuvée wrote it: --force replaces it, and another --out leaves what is there$/,
    );
    expect(text('blend.per-split.json')).toContain('0.500000000000');
    rmSync(join(folder, 'megatron.meta.json'));
    await expect(put(filesFor(0.25))).rejects.toThrow(/blend\.txt, .*per-split\.json exist with other content/);
    expect((await put(filesFor(0.25), true)).changed).toBe(true);
    expect(text('blend.txt')).toContain('0.250000000000');
  });

  it('says of a folder that stands in the place of a file what it is, instead of offering to replace it', async () => {
    mkdirSync(join(folder, 'blend.txt'), { recursive: true });
    for (const force of [false, true]) {
      await expect(put(filesFor(0.5), force)).rejects.toThrow(/cannot write .*blend\.txt: it is a folder$/);
    }
    expect(readdirSync(folder)).toEqual(['blend.txt']);
  });

  it.skipIf(process.getuid?.() === 0)('says of a folder that is closed to us that permission is denied', async () => {
    mkdirSync(folder, { mode: 0o600 });
    await expect(put(filesFor(0.5))).rejects.toThrow(/cannot write .*: permission denied$/);
  });

  it('removes files that the export no longer has, but never one that was edited', async () => {
    const extra = { path: 'phase-1/old.txt', content: 'old' };
    const sidecar = filesFor(0.5).at(-1)!;
    const listing = JSON.parse(sidecar.content);
    listing.files.push(digestOf(extra));
    const more = [...filesFor(0.5).slice(0, -1), extra, { path: sidecar.path, content: JSON.stringify(listing) }];
    await put(more);
    expect(text('phase-1/old.txt')).toBe('old');
    expect((await put(filesFor(0.5))).removed).toEqual([join(folder, 'phase-1/old.txt')]);
    expect(readdirSync(folder)).not.toContain('phase-1');

    await put(more);
    writeFileSync(join(folder, extra.path), 'mine');
    expect(await put(filesFor(0.5))).toMatchObject({ removed: [], kept: [join(folder, extra.path)] });
    expect(text(extra.path)).toBe('mine');
  });

  it('is mended by the next export when it was interrupted between two files', async () => {
    await put(filesFor(0.5));
    vi.mocked(rename).mockImplementation(async (from, to) => {
      if (String(to).endsWith('blend.per-split.json')) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      await (await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises')).rename(from, to);
    });
    await expect(put(filesFor(0.25))).rejects.toThrow(/cannot write .*blend\.per-split\.json: no space/);
    vi.mocked(rename).mockReset();
    expect(text('blend.txt')).toContain('0.250000000000');
    expect(text('blend.per-split.json')).toContain('0.500000000000');
    expect(text('megatron.meta.json')).toContain('0.500000000000');
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);

    const earlier = await readEarlierExport(folder, 'megatron');
    expect(earlier?.files.map(({ state }) => state)).toEqual(['edited', 'untouched']);
    expect([exportTag(filesFor(0.5)), exportTag(filesFor(0.25))]).not.toContain(earlier?.tag);
    expect((await put(filesFor(0.25))).changed).toBe(true);
    expect((await readEarlierExport(folder, 'megatron'))?.tag).toBe(exportTag(filesFor(0.25)));
  });

  it('has no tag for a folder where a file is missing, and puts it back', async () => {
    await put(filesFor(0.5));
    rmSync(join(folder, 'blend.txt'));
    expect((await readEarlierExport(folder, 'megatron'))?.tag).toBeNull();
    expect((await put(filesFor(0.5))).changed).toBe(true);
    expect(text('blend.txt')).toContain('0.500000000000');
  });

  it.each([
    ['a file stands where the folder should', 'afile', /is a file, not a folder/],
    ['a folder stands where a file should', '.', /blend\.txt exists with other content|it is a folder/],
  ])('writes nothing where %s', async (_, where, message) => {
    mkdirSync(join(folder, 'blend.txt'), { recursive: true });
    writeFileSync(join(folder, 'afile'), 'mine');
    await expect(writeExport(join(folder, where), 'megatron', filesFor(0.5), null, false)).rejects.toThrow(message);
    expect(readdirSync(folder).sort()).toEqual(['afile', 'blend.txt']);
  });

  it('never leaves the folder, whatever the files or an old sidecar are called', async () => {
    await expect(put([{ path: '../escaped.txt', content: 'x' }])).rejects.toThrow(/lies outside/);
    const outside = join(around, 'outside.txt');
    writeFileSync(outside, 'not ours');
    mkdirSync(folder);
    const listed = { path: '../outside.txt', content: 'not ours' };
    writeFileSync(
      join(folder, 'megatron.meta.json'),
      JSON.stringify({ format: 'megatron', files: [{ path: listed.path, sha256: digestOf(listed).sha256 }] }),
    );
    expect((await put(filesFor(0.5))).removed).toEqual([]);
    expect(readFileSync(outside, 'utf8')).toBe('not ours');
  });
});
