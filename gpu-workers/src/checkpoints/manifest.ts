import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { type CheckpointKey, DamagedCheckpoint } from './checkpoint-key.js';

export const manifestName = 'manifest.json';
/** Beside the manifest: what the trainer wrote. */
export const filesFolder = 'files';
const mostFiles = 10_000;

/** A path below a checkpoint that cannot lead out of it. */
const fileNameSchema = z
  .string()
  .max(1000)
  .refine((name) => name.split('/').every(isPlainName), { message: 'must be a path below the checkpoint' });

export const manifestSchema = z.strictObject({
  format: z.literal(1),
  runId: z.string(),
  attempt: z.number().int().min(1),
  step: z.number().int().min(0),
  final: z.boolean(),
  /** Of the assignment: only a run of the same fingerprint goes on from here. */
  fingerprint: z.string(),
  files: z
    .array(
      z.strictObject({
        name: fileNameSchema,
        bytes: z.number().int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .min(1)
    .max(mostFiles),
});
export type Manifest = z.infer<typeof manifestSchema>;

/**
 * Describes a folder that a trainer has finished, and puts its files on the disk for good. Throws when it holds nothing
 * or anything else than plain files and folders: a link could lead to what is not the trainer's.
 */
export async function describeFolder(folder: string, key: CheckpointKey, fingerprint: string): Promise<Manifest> {
  const files: Manifest['files'] = [];
  for await (const name of plainFiles(folder, '')) {
    if (files.length === mostFiles) throw new Error(`a checkpoint may hold ${mostFiles} files, this one has more`);
    const path = join(folder, name);
    await sync(path);
    files.push({ name, ...(await digest(path)) });
  }
  if (files.length === 0) throw new Error('the trainer wrote no files for it');
  const { runId, attempt, step, final } = key;
  return { format: 1, runId, attempt, step, final, fingerprint, files };
}

/** Throws DamagedCheckpoint unless every file is there with its size and hash. */
export async function verifyFolder(folder: string, manifest: Manifest): Promise<void> {
  for (const { name, bytes, sha256 } of manifest.files) {
    const found = await digest(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
      throw new DamagedCheckpoint(`${name} cannot be read: ${error.code ?? error.message}`);
    });
    if (found.bytes !== bytes) throw new DamagedCheckpoint(`${name} has ${found.bytes} bytes instead of ${bytes}`);
    if (found.sha256 !== sha256) throw new DamagedCheckpoint(`${name} does not have the SHA-256 of the manifest`);
  }
}

/** Throws DamagedCheckpoint unless the text is the manifest of this very checkpoint. */
export function parseManifest(text: string, key: CheckpointKey): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new DamagedCheckpoint('its manifest is no JSON');
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new DamagedCheckpoint(`its manifest cannot be used: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { runId, attempt, step, final } = parsed.data;
  if (runId !== key.runId || attempt !== key.attempt || step !== key.step || final !== key.final) {
    throw new DamagedCheckpoint('its manifest is that of another checkpoint');
  }
  return parsed.data;
}

/** The data of a file or the names in a folder reach the disk before this resolves. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function digest(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      hash.update(chunk);
    }
  });
  return { bytes, sha256: hash.digest('hex') };
}

/** In the order of their names, with "/" between folders; syncs each folder it leaves. */
async function* plainFiles(root: string, below: string): AsyncGenerator<string> {
  for (const name of (await readdir(join(root, below))).sort()) {
    const path = below === '' ? name : `${below}/${name}`;
    if (!isPlainName(name)) throw new Error(`a file of a checkpoint cannot be called ${JSON.stringify(name)}`);
    const found = await lstat(join(root, path));
    if (found.isDirectory()) yield* plainFiles(root, path);
    else if (found.isFile()) yield path;
    else throw new Error(`${path} is neither a file nor a folder`);
  }
  await sync(join(root, below));
}

function isPlainName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return name !== '' && name !== '.' && name !== '..' && name.length <= 255 && !/[/\\\u0000-\u001f\u007f]/.test(name);
}
