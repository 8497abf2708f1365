import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatBytes } from '../../terminal/numbers.js';
import { formatTable } from '../../terminal/table.js';
import { cleanText, cutText, decodeText } from './clean-text.js';
import { type DemoDomainPlan, demoDomains } from './demo-domains.js';
import { listFiles, packageFolder } from './package-folder.js';

/** A longer document is cut: held-out documents are whole ones, and a domain needs many to choose from. */
const DOCUMENT_LIMIT = 24_000;
/** A shorter one says too little to be scored. */
const DOCUMENT_MINIMUM = 200;

export interface DemoDomain {
  readonly name: string;
  /** File name below the folder: one {"text"} a line. */
  readonly source: string;
  /** Bytes of text: the proxy's tokens are bytes. */
  readonly tokens: number;
  readonly documents: number;
  readonly licence: string;
  /** The packages it comes from, with their versions. */
  readonly origin: string;
  /** sha256 of the file. */
  readonly contentHash: string;
  readonly what: string;
}

export interface DemoCorpus {
  readonly domains: readonly DemoDomain[];
}

/**
 * Writes the demo's corpus below `folder` (made if absent) from packages that are installed already. The same
 * lockfile gives the same bytes on every machine: sorted files, a choice by hash, no clock, no random numbers.
 */
export async function buildDemoCorpus(folder: string): Promise<DemoCorpus> {
  mkdirSync(folder, { recursive: true });
  return { domains: demoDomains.map((plan) => writeDomain(folder, plan)) };
}

/** Sizes and licences as a table for people, and the packages below it. */
export function formatDemoCorpus({ domains }: DemoCorpus): string {
  const total = domains.reduce((sum, { tokens }) => sum + tokens, 0);
  const origins = [...new Set(domains.flatMap(({ origin }) => origin.split(', ')))];
  const table = formatTable(
    [
      { title: 'domain' },
      { title: 'text', align: 'right' },
      { title: 'share', align: 'right' },
      { title: 'documents', align: 'right' },
      { title: 'licence' },
      { title: 'what it is' },
    ],
    domains.map(({ name, tokens, documents, licence, what }) => [
      name,
      formatBytes(tokens),
      `${((100 * tokens) / total).toFixed(1)} %`,
      String(documents),
      licence,
      what,
    ]),
  );
  return `${table}\nTaken from packages that npm installed: ${origins.join(', ')}.`;
}

function writeDomain(folder: string, plan: DemoDomainPlan): DemoDomain {
  const origins: string[] = [];
  const documents: { text: string; hash: string }[] = [];
  const seen = new Set<string>();
  for (const { package: name, files, except } of plan.sources) {
    const { path, version } = packageFolder(name);
    origins.push(`${name}@${version}`);
    for (const file of listFiles(path)) {
      if (!files.test(file) || except?.test(file)) continue;
      const decoded = decodeText(readFileSync(join(path, file)));
      if (decoded === null) continue;
      for (const piece of plan.split(decoded.replace(/\r\n?/g, '\n'))) {
        const text = cutText(cleanText(piece), DOCUMENT_LIMIT);
        const hash = createHash('sha256').update(text).digest('hex');
        if (text.length < DOCUMENT_MINIMUM || seen.has(hash)) continue;
        seen.add(hash);
        documents.push({ text, hash });
      }
    }
  }
  const chosen = chooseUpTo(documents, plan.limit);
  const content = chosen.map(({ text }) => `${JSON.stringify({ text })}\n`).join('');
  const source = `${plan.name}.jsonl`;
  replaceFile(join(folder, source), content);
  return {
    name: plan.name,
    source,
    tokens: chosen.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
    documents: chosen.length,
    licence: plan.licence,
    origin: origins.join(', '),
    contentHash: `sha256:${createHash('sha256').update(content).digest('hex')}`,
    what: plan.what,
  };
}

/** Documents in the order they came, those with the smallest hashes, as many as fit into `limit` bytes. */
function chooseUpTo(documents: readonly { text: string; hash: string }[], limit: number) {
  let left = limit;
  const taken = new Set<string>();
  for (const { text, hash } of [...documents].sort((a, b) => (a.hash < b.hash ? -1 : 1))) {
    left -= Buffer.byteLength(text);
    if (left < 0) break;
    taken.add(hash);
  }
  return documents.filter(({ hash }) => taken.has(hash));
}

/** Leaves a file alone that holds the same text already: a run may be reading it. */
function replaceFile(path: string, content: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === content) return;
  const temporary = `${path}.${process.pid}.partial`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}
