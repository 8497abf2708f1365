import { describe, expect, it } from 'vitest';
import { hubKey } from '../reading/hub-dataset.js';
import { canonicalHubLocation, dataFileLoader, hubDataset, hubLocation } from './hub-location.js';

const { problem } = hubLocation(['hub']);

describe('locations on the Hub', () => {
  it.each([
    ['org/web', { path: 'org/web', split: 'train' }],
    ['squad', { path: 'squad', split: 'train' }],
    ['org/web:en', { path: 'org/web', config: 'en', split: 'train' }],
    ['org/web:en:train', { path: 'org/web', config: 'en', split: 'train' }],
    ['org/web::validation', { path: 'org/web', split: 'validation' }],
    ['org/web:en:train[:5%]', { path: 'org/web', config: 'en', split: 'train[:5%]' }],
    ['/data/a:b', { path: '/data/a:b', split: 'train' }],
    ['./a b', { path: './a b', split: 'train' }],
    [
      'hf://datasets/org/web/*.parquet',
      { path: 'parquet', dataFiles: 'hf://datasets/org/web/*.parquet', split: 'train' },
    ],
  ])('reads %s, and its key is the same when it is read back from the file', (location, expected) => {
    expect(problem(location)).toBeNull();
    expect(hubDataset(location, 'train')).toEqual(expected);
    const { path, config, dataFiles, split } = expected as ReturnType<typeof hubDataset>;
    const key = canonicalHubLocation(location, 'train');
    expect(hubKey({ path, name: config, data_files: dataFiles, split }, 'train')).toBe(key);
    expect(canonicalHubLocation(key, 'train')).toBe(key);
  });

  it('refuses a folder that load_dataset would look for as a pattern', () => {
    // "The directory at /data/x[1] doesn't contain any data files", says datasets 5.0.1 of one that does.
    expect(problem('/data/x[1]')).toContain('load_dataset expands');
    expect(problem('/data/x[1].jsonl')).toBeNull();
  });

  it('tells the loader of a file by its ending, compressed or not', () => {
    const files = [
      'a.json',
      'a.jsonl',
      'a.ndjson.gz',
      'a.csv',
      'a.parquet',
      'a.arrow',
      'a.txt.zst',
      'a.bin',
      'a.jsonl/b',
    ];
    expect(files.map(dataFileLoader)).toEqual(['json', 'json', 'json', 'csv', 'parquet', 'arrow', 'text', null, null]);
  });

  it('keeps apart what shares a data set', () => {
    const keys = ['org/a', 'org/a:en', 'org/a::test', 'org/a:en:test'].map((location) =>
      canonicalHubLocation(location, 'train'),
    );
    expect(new Set(keys).size).toBe(4);
    expect(canonicalHubLocation('org/a::test', 'test')).toBe('org/a');
  });
});

describe('hubKey', () => {
  it.each([
    [{ path: 'org/a', data_files: 'x/*.parquet' }, 'org/a/x/*.parquet'],
    [{ path: 'json', data_files: ['a.jsonl', 'b.jsonl'] }, 'a.jsonl,b.jsonl'],
    [{ path: 'parquet', data_dir: '/data/web' }, '/data/web'],
    [{ path: 'org/a', name: null, split: 'test' }, 'org/a::test'],
  ])('names %j', (fields, key) => {
    expect(hubKey(fields, 'train')).toBe(key);
  });
});
