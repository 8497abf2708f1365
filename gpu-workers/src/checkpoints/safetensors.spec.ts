import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from './safetensors.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'safetensors-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A file put together by hand, from the definition of the format. */
function file(header: string, values: number[] = [], length = Buffer.byteLength(header)): string {
  const path = join(folder, 'by-hand.safetensors');
  const first = Buffer.alloc(8);
  first.writeBigUInt64LE(BigInt(length));
  const floats = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) floats.writeFloatLE(value, 4 * i);
  writeFileSync(path, Buffer.concat([first, Buffer.from(header), floats]));
  return path;
}

function cut(path: string): string {
  writeFileSync(path, readFileSync(path).subarray(0, 3));
  return path;
}

describe('a safetensors file', () => {
  it('is written as the format says', () => {
    const path = join(folder, 'a.safetensors');
    writeSafetensors(path, [
      { name: 'w', shape: [2, 1], values: Float32Array.of(1, -2.5) },
      { name: 'b', shape: [1], values: Float32Array.of(0.1) },
    ]);
    const header =
      '{"__metadata__":{},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}';
    const written = readFileSync(path);
    const padded = 8 * Math.ceil(header.length / 8);
    expect(written.readBigUInt64LE()).toBe(BigInt(padded));
    expect(written.subarray(8, 8 + padded).toString()).toBe(header.padEnd(padded));
    expect([0, 4, 8].map((at) => written.readFloatLE(8 + padded + at))).toEqual([1, -2.5, Math.fround(0.1)]);
    expect(written.length).toBe(8 + padded + 12);
    expect(() => writeSafetensors(path, [])).toThrow('EEXIST');
  });

  it('is read whatever the order of its header and its metadata', () => {
    const header =
      '{"b":{"dtype":"F32","shape":[],"data_offsets":[8,12]},"__metadata__":{"x":"y"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}  ';
    expect(readSafetensors(file(header, [1, 2, 3]))).toEqual([
      { name: 'w', shape: [1, 2], values: Float32Array.of(1, 2) },
      { name: 'b', shape: [], values: Float32Array.of(3) },
    ]);
  });

  it('gives back every bit of what was written', () => {
    let written = 0;
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.string({ minLength: 1 }), fc.float32Array()), { selector: ([name]) => name }),
        (all) => {
          fc.pre(all.every(([name]) => name !== '__metadata__' && name !== '__proto__'));
          const path = join(folder, String(written++));
          writeSafetensors(
            path,
            all.map(([name, values]) => ({ name, shape: [values.length], values })),
          );
          const found = new Map(readSafetensors(path).map(({ name, values }) => [name, values]));
          for (const [name, values] of all) {
            const bytes = (of: Float32Array) => Buffer.from(of.buffer, of.byteOffset, of.byteLength).toString('hex');
            expect(bytes(found.get(name)!)).toBe(bytes(values));
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each<[string, () => string, RegExp]>([
    ['whose header is longer than it', () => file('{}', [], 1e15), /longer than the file/],
    [
      'that ends in its values',
      () => file('{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', [1]),
      /bytes instead of/,
    ],
    ['that goes on after its values', () => file('{}', [1]), /bytes instead of/],
    ['with a gap', () => file('{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', [1, 2]), /out of place/],
    [
      'with two tensors in one place',
      () =>
        file(
          '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
          [1],
        ),
      /out of place/,
    ],
    [
      'whose shape is not its size',
      () => file('{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', [1, 2]),
      /out of place/,
    ],
    ['of another type', () => file('{"w":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}', [1]), /F32/],
    ['of less than eight bytes', () => cut(file('{}')), /ends too soon/],
  ])('%s is refused', (_, make, reason) => {
    expect(() => readSafetensors(make())).toThrow(reason);
  });
});
