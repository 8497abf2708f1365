import { gunzipSync, gzipSync } from 'node:zlib';
import type { TargetFitRecord } from '#libs/surrogates';
import type { FittedTargetRecords } from './fitted-target-records.js';

/** Fitted targets as compressed JSON: some megabytes each become a fraction, and are never parsed on their way. */
export type PackedTargets = Readonly<Record<string, Uint8Array>>;

/** Throws a TypeError naming the property for a number that JSON would turn into null. */
export function packTarget(record: TargetFitRecord): Uint8Array {
  const text = JSON.stringify(record, (key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`"${key}" of the fit is ${value}`);
    return value;
  });
  return gzipSync(text, { level: 1 });
}

export function unpackTarget(packed: Uint8Array): TargetFitRecord {
  return JSON.parse(gunzipSync(packed).toString('utf8')) as TargetFitRecord;
}

/** Bytes of all texts before they were compressed; the last four of a gzip file say how many they were. */
export function unpackedSize(packed: PackedTargets): number {
  const sizes = Object.values(packed).map((bytes) => Buffer.from(bytes.subarray(-4)).readUInt32LE());
  return sizes.reduce((sum, size) => sum + size, 0);
}

export function unpackTargets(fits: FittedTargetRecords | PackedTargets): FittedTargetRecords {
  return Object.fromEntries(
    Object.entries(fits).map(([target, fit]) => [target, fit instanceof Uint8Array ? unpackTarget(fit) : fit]),
  );
}
