import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeS3 } from '#libs/testing';
import { type CheckpointKey, DamagedCheckpoint } from './checkpoint-key.js';
import type { CheckpointStore } from './checkpoint-store.js';
import { FolderStore } from './folder-store.js';
import { describeFolder, verifyFolder } from './manifest.js';
import { isCheckpointPlace, openCheckpointStore } from './open-checkpoint-store.js';
import { S3Bucket } from './s3-bucket.js';
import { S3Store } from './s3-store.js';

let s3: FakeS3;
let folder: string;
let scratches = 0;
beforeAll(async () => {
  s3 = await FakeS3.start();
  for (const [name, value] of Object.entries(s3.environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await s3.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkpoint-stores-'));
});
afterEach(() => {
  s3.objects.clear();
  s3.requests.length = 0;
  s3.fault = () => undefined;
  rmSync(folder, { recursive: true, force: true });
});

const key = (attempt: number, step: number, final = false): CheckpointKey => ({ runId: 'run_1', attempt, step, final });
const files = { 'weights.bin': 'abc', 'shards/0/data.bin': 'x'.repeat(70_000), '.metadata': '' };

function scratch(): string {
  const path = join(folder, `scratch-${scratches++}`);
  mkdirSync(path);
  return path;
}

/** As a trainer does, then as the worker does. */
async function save(store: CheckpointStore, at: CheckpointKey, contents: Record<string, string> = files) {
  const workspace = await store.workspace(at, scratch());
  const written = join(workspace, `step-${at.step}`);
  write(written, contents);
  const manifest = await describeFolder(written, at, 'f'.repeat(64));
  await store.save(at, written, manifest);
  return manifest;
}

function write(path: string, contents: Record<string, string>): void {
  for (const [name, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
}

const stores = [
  { kind: 'folder', open: () => new FolderStore(join(folder, 'store')) },
  { kind: 's3', open: () => new S3Store(new S3Bucket(s3.bucket, 1), 'team/cuvee') },
];

describe.each(stores)('a checkpoint store of kind $kind', ({ kind, open }) => {
  it('leaves nothing of an attempt that saved nothing, and all that another saved', async () => {
    const store = open();
    await save(store, key(1, 10));
    const workspace = await store.workspace({ runId: 'run_1', attempt: 2 }, scratch());
    write(join(workspace, 'step-5'), files);
    await store.releaseWorkspace(workspace);
    expect(existsSync(workspace)).toBe(false);
    expect(await store.list('run_1')).toEqual([key(1, 10)]);
    await store.remove(key(1, 10));
    const last = await store.workspace({ runId: 'run_1', attempt: 3 }, scratch());
    await store.releaseWorkspace(last);
    if (kind === 'folder') expect(existsSync(join(folder, 'store', 'run_1', '3'))).toBe(false);
    await store.removeAttempts({ runId: 'run_1', attempt: 3 }, () => false);
  });

  it('gives back what was saved, byte for byte, and lists it', async () => {
    const store = open();
    expect(await store.list('run_1')).toEqual([]);
    const manifest = await save(store, key(2, 100));
    await save(store, key(2, 250, true), { a: '1' });
    expect(await store.list('run_1')).toEqual(expect.arrayContaining([key(2, 100), key(2, 250, true)]));
    expect(await store.list('run_1')).toHaveLength(2);
    expect(await store.list('run_2')).toEqual([]);
    expect(await store.manifest(key(2, 100))).toEqual(manifest);
    const fetched = await store.fetch(key(2, 100), manifest, scratch());
    await verifyFolder(fetched, manifest);
    for (const [name, text] of Object.entries(files)) expect(readFileSync(join(fetched, name), 'utf8')).toBe(text);
  });

  it('replaces a checkpoint that is saved again', async () => {
    const store = open();
    await save(store, key(1, 5), { a: 'old', b: 'gone' });
    const manifest = await save(store, key(1, 5), { a: 'new' });
    expect(await store.manifest(key(1, 5))).toEqual(manifest);
    await verifyFolder(await store.fetch(key(1, 5), manifest, scratch()), manifest);
  });

  it('removes one, or all that attempts up to a given one wrote, and nothing of later attempts', async () => {
    const store = open();
    for (const at of [key(1, 10), key(1, 20), key(2, 30), key(2, 40, true), key(3, 50)]) await save(store, at);
    await store.remove(key(1, 10));
    await store.remove(key(1, 10));
    expect(await store.list('run_1')).toHaveLength(4);
    expect(await store.removeAttempts({ runId: 'run_1', attempt: 2 }, ({ final }) => final)).toBeGreaterThan(0);
    expect(await store.list('run_1')).toEqual(expect.arrayContaining([key(2, 40, true), key(3, 50)]));
    expect(await store.list('run_1')).toHaveLength(2);
    await store.removeAttempts({ runId: 'run_1', attempt: 9 }, () => false);
    expect(await store.list('run_1')).toEqual([]);
  });

  it('removes what is older than a date, final weights and foreign files excepted', async () => {
    const store = open();
    for (const at of [key(1, 10), key(1, 40, true)]) await save(store, at);
    await save(store, { ...key(1, 7), runId: 'run_2' });
    const old = new Date(Date.now() - 40 * 86_400_000);
    if (kind === 's3') {
      for (const [name, object] of s3.objects) if (name.includes('/run_1/')) object.modified = old;
      s3.objects.set('team/cuvee/notes.txt', { body: Buffer.from('mine'), modified: old });
    } else {
      utimesSync(join(folder, 'store', 'run_1', '1'), old, old);
      write(join(folder, 'store', 'notes', 'here'), { 'a.txt': 'mine' });
      utimesSync(join(folder, 'store', 'notes', 'here'), old, old);
      rmSync(join(folder, 'store', 'run_1', '1', 'writing'), { recursive: true, force: true });
      utimesSync(join(folder, 'store', 'run_1', '1'), old, old);
    }
    expect(await store.removeOlderThan(new Date(Date.now() - 30 * 86_400_000))).toBeGreaterThan(0);
    expect(await store.list('run_1')).toEqual([key(1, 40, true)]);
    expect(await store.list('run_2')).toHaveLength(1);
    if (kind === 's3') expect(s3.keys()).toContain('team/cuvee/notes.txt');
    else expect(readFileSync(join(folder, 'store', 'notes', 'here', 'a.txt'), 'utf8')).toBe('mine');
    expect(await store.removeOlderThan(new Date(Date.now() - 30 * 86_400_000))).toBe(0);
  });

  it.each(['../run', 'a/b', '', '.', 'a'.repeat(129), 'run\u0000'])('refuses the run id %j', async (runId) => {
    await expect(open().workspace({ runId, attempt: 1 }, scratch())).rejects.toThrow('a run id must be');
    await expect(open().list(runId)).rejects.toThrow('a run id must be');
    await expect(open().removeAttempts({ runId, attempt: 1 }, () => false)).rejects.toThrow('a run id must be');
  });

  it('tells a checkpoint that is gone from a store that is away', async () => {
    const store = open();
    await expect(store.manifest(key(1, 1))).rejects.toThrow(DamagedCheckpoint);
  });
});

describe('a manifest', () => {
  const at = key(1, 5);
  const written = () => join(folder, 'step-5');

  it.each<[string, () => void, string]>([
    ['is empty', () => mkdirSync(written()), 'wrote no files'],
    [
      'holds a link',
      () => {
        write(written(), { a: '1' });
        symlinkSync('/etc/passwd', join(written(), 'b'));
      },
      'neither a file',
    ],
    ['holds a name that would break a listing', () => write(written(), { 'a\nb': '1' }), 'cannot be called'],
  ])('is not made of a folder that %s', async (_, prepare, reason) => {
    prepare();
    await expect(describeFolder(written(), at, 'f')).rejects.toThrow(reason);
  });

  it.each<[string, (path: string) => void, string]>([
    ['was cut short', (path) => writeFileSync(join(path, 'weights.bin'), 'ab'), 'has 2 bytes instead of 3'],
    ['has another byte', (path) => writeFileSync(join(path, 'weights.bin'), 'abd'), 'SHA-256'],
    ['is missing', (path) => rmSync(join(path, 'weights.bin')), 'cannot be read: ENOENT'],
  ])('gives away a file that %s', async (_, damage, reason) => {
    const store = new FolderStore(join(folder, 'store'));
    const manifest = await save(store, at);
    const path = await store.fetch(at);
    await verifyFolder(path, manifest);
    damage(path);
    const checked = verifyFolder(path, manifest);
    await expect(checked).rejects.toThrow(reason);
    await expect(checked).rejects.toBeInstanceOf(DamagedCheckpoint);
  });

  it.each<[string, object, string]>([
    ['leads out', { files: [{ name: '../../x', bytes: 1, sha256: '0'.repeat(64) }] }, 'files.0.name'],
    ['is of another attempt', { attempt: 2 }, 'of another checkpoint'],
    ['is of a later format', { format: 2 }, 'format'],
  ])('is not believed when it %s', async (_, change, reason) => {
    const store = new FolderStore(join(folder, 'store'));
    const manifest = await save(store, at);
    const path = join(folder, 'store', 'run_1', '1', '5', 'manifest.json');
    writeFileSync(path, JSON.stringify({ ...manifest, ...change }));
    await expect(store.manifest(at)).rejects.toThrow(reason);
    writeFileSync(path, JSON.stringify(manifest).slice(0, 50));
    await expect(store.manifest(at)).rejects.toThrow('no JSON');
  });
});

describe('a bucket', () => {
  const open = () => new S3Store(new S3Bucket(s3.bucket, 1), '');

  it('gets the manifest last, and an upload that fails midway is no checkpoint', async () => {
    await save(open(), key(1, 5));
    const puts = s3.requests.filter(({ method }) => method === 'PUT').map(({ key: name }) => name);
    expect(puts.at(-1)).toBe('run_1/1/5/manifest.json');
    expect(puts).toHaveLength(4);
    for (const failing of ['shards/0/data.bin', 'manifest.json']) {
      s3.objects.clear();
      s3.fault = ({ method, key: name }) => (method === 'PUT' && name.endsWith(failing) ? 'cut' : undefined);
      await expect(save(open(), key(1, 10))).rejects.toThrow();
      expect(s3.keys().length).toBeGreaterThan(0);
      expect(await open().list('run_1')).toEqual([]);
    }
  });

  it('is asked again after a passing fault, and not after a refusal', async () => {
    let faults = 2;
    s3.fault = ({ method, key: name }) =>
      method === 'PUT' && name.endsWith('weights.bin') && faults-- > 0 ? { status: 503, code: 'SlowDown' } : undefined;
    await save(open(), key(1, 5));
    expect(await open().list('run_1')).toEqual([key(1, 5)]);
    s3.requests.length = 0;
    s3.fault = ({ method }) => (method === 'PUT' ? { status: 403, code: 'AccessDenied' } : undefined);
    await expect(save(open(), key(1, 6))).rejects.toThrow('AccessDenied');
    expect(s3.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  it('that saves a step again is never complete with files of both', async () => {
    await save(open(), key(1, 5), { a: 'old', b: 'old' });
    s3.fault = ({ method, key: name }) => (method === 'PUT' && name.endsWith('/b') ? 'cut' : undefined);
    await expect(save(open(), key(1, 5), { a: 'new', b: 'new' })).rejects.toThrow();
    expect(await open().list('run_1')).toEqual([]);
  });
});

describe('the place of checkpoints', () => {
  it.each([
    ['s3://bucket', 's3://bucket/'],
    ['s3://bucket/team/runs/', 's3://bucket/team/runs'],
    ['/shared/checkpoints', '/shared/checkpoints'],
  ])('%s is %s', (place, name) => {
    expect(isCheckpointPlace(place)).toBe(true);
    expect(openCheckpointStore(place).name).toBe(name);
  });

  it.each(['s3://', 's3://Bucket_/x', 'https://host/x', 'gs://bucket/x', 's3://bucket/a b'])('%s is none', (place) => {
    expect(isCheckpointPlace(place)).toBe(false);
    expect(() => openCheckpointStore(place)).toThrow('a folder, or s3://bucket/prefix');
  });
});
