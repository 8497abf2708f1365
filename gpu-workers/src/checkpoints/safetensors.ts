// Reads and writes tensors in the safetensors format: eight bytes with the length of a header (unsigned, little-endian),
// the header (JSON: name -> { dtype, shape, data_offsets }, padded with spaces to a multiple of eight), then the values,
// little-endian, in row-major order and without gaps. Nothing in such a file can be executed. Of its types this project
// needs float32 alone.
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { z } from 'zod';

export interface NamedTensor {
  name: string;
  shape: readonly number[];
  /** In row-major order, as many as the shape has. */
  values: Float32Array;
}

const longestHeader = 64 << 20;
/** One call of the system moves less than 2 GiB. */
const blockBytes = 1 << 28;

const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.literal('F32'),
    shape: z.array(z.number().int().min(0)),
    data_offsets: z.tuple([z.number().int().min(0), z.number().int().min(0)]),
  }),
);

/** Writes a new file; throws when one is there. */
export function writeSafetensors(
  path: string,
  tensors: readonly NamedTensor[],
  metadata: Record<string, string> = {},
): void {
  let offset = 0;
  const entries = tensors.map(({ name, shape, values }) => {
    const bytes = 4 * sizeOf(shape);
    if (bytes !== values.byteLength)
      throw new RangeError(`${name} has ${values.length} values, its shape ${sizeOf(shape)}`);
    const entry = { dtype: 'F32', shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
    return [name, entry];
  });
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const padded = Buffer.from(json + ' '.repeat((8 - (Buffer.byteLength(json) % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const file = openSync(path, 'wx', 0o600);
  try {
    for (const block of [length, padded, ...tensors.map(({ values }) => bytesOf(values))]) writeAll(file, block);
  } finally {
    closeSync(file);
  }
}

/** Throws when the file is not exactly what its header says, or holds another type than float32. */
export function readSafetensors(path: string): NamedTensor[] {
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    const length = Buffer.alloc(8);
    readAll(file, length, 0);
    const headerBytes = Number(length.readBigUInt64LE());
    if (headerBytes > Math.min(longestHeader, size - 8)) throw new Error(`${path}: its header is longer than the file`);
    const header = Buffer.alloc(headerBytes);
    readAll(file, header, 8);
    const { __metadata__: _, ...named } = JSON.parse(header.toString('utf8')) as Record<string, unknown>;
    const entries = Object.entries(headerSchema.parse(named)).sort(
      ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
    );
    let offset = 0;
    const tensors = entries.map(
      ([
        name,
        {
          shape,
          data_offsets: [begin, end],
        },
      ]) => {
        if (begin !== offset || end - begin !== 4 * sizeOf(shape))
          throw new Error(`${path}: "${name}" is out of place`);
        offset = end;
        return { name, shape, begin };
      },
    );
    if (size !== 8 + headerBytes + offset)
      throw new Error(`${path}: ${size} bytes instead of ${8 + headerBytes + offset}`);
    return tensors.map(({ name, shape, begin }) => {
      const values = new Float32Array(sizeOf(shape));
      readAll(file, bytesOf(values), 8 + headerBytes + begin);
      return { name, shape, values };
    });
  } finally {
    closeSync(file);
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

function writeAll(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, Math.min(blockBytes, bytes.length - done));
  }
}

function readAll(file: number, into: Buffer, position: number): void {
  for (let done = 0; done < into.length; ) {
    const read = readSync(file, into, done, Math.min(blockBytes, into.length - done), position + done);
    if (read === 0) throw new Error('the file ends too soon');
    done += read;
  }
}
