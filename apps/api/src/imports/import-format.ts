import type { IncomingMessage } from 'node:http';
import { UnsupportedMedia } from '../problems/request.errors.js';

export const jsonLines = 'application/x-ndjson';

const types: Readonly<Record<string, 'json' | 'json-lines'>> = {
  'application/json': 'json',
  [jsonLines]: 'json-lines',
  'application/ndjson': 'json-lines',
  'application/jsonl': 'json-lines',
  'application/jsonlines': 'json-lines',
};

/** Throws UnsupportedMedia naming the types that can be read. */
export function formatOf(request: IncomingMessage): 'json' | 'json-lines' {
  const type = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  const format = types[type];
  if (format === undefined) throw new UnsupportedMedia(type, ['application/json', jsonLines]);
  return format;
}

export function isImport(request: IncomingMessage): boolean {
  // As the router takes it: in any case, with a slash at the end or without.
  return request.method === 'POST' && /^\/v1\/sweeps\/import\/?$/i.test(request.url?.split('?')[0] ?? '');
}
