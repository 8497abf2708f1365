import { describe, expect, it } from 'vitest';
import { assertApart } from './patterns.js';

const apart = (...locations: string[]) => assertApart(locations.map((location, i) => ({ domain: `d${i}`, location })));

describe('assertApart', () => {
  it('refuses a pattern that also finds the files of a domain with a longer name', () => {
    expect(() => apart('gs://b/web*.array_record*', 'gs://b/web-forum*.array_record*')).toThrow(
      'the pattern of "d0", gs://b/web*.array_record*, also finds files of "d1"',
    );
    expect(() => apart('/data/code.jsonl', '/data/*.jsonl')).toThrow(/"d1", .* also finds files of "d0"/);
    expect(() => apart('s3://b/**/*.npy', 's3://b/code/*.npy')).toThrow(/LOCATION_OVERLAP|also finds/);
  });

  it('takes folders of their own, and names that the pattern ends', () => {
    expect(() => apart('gs://b/web/*.npy', 'gs://b/web-forum/*.npy', 'gs://b/we/*.npy')).not.toThrow();
    expect(() => apart('/data/web-*.jsonl', '/data/webforum-*.jsonl')).not.toThrow();
    expect(() => apart('s3://b/web/**/*.npy', 's3://b/web2/**/*.npy', '/data/web', '/data/web2')).not.toThrow();
  });
});
