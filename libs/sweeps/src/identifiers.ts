import { randomUUID } from 'node:crypto';
import type { IdKind } from './context.js';

const prefixes: Record<IdKind, string> = {
  corpus: 'cor',
  sweep: 'swp',
  round: 'rnd',
  run: 'run',
  fit: 'fit',
  proposal: 'prp',
};

/** 80 random bits behind a prefix that says what it names; legal in a queue's job id and in a folder name. */
export function newId(kind: IdKind): string {
  return `${prefixes[kind]}_${randomUUID().replaceAll('-', '').slice(0, 20)}`;
}
