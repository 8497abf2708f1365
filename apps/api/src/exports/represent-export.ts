import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpStatus, StreamableFile } from '@nestjs/common';
import type { ExportResponse } from '#libs/contracts';
import { InvalidField } from '#libs/sweeps';
import { digestOf, type ExportResult, exportTag } from '#libs/training-configs';
import { isKnown, strongTag } from './entity-tag.js';
import type { ExportQuery } from './export-query.js';
import { zipFiles } from './zip-files.js';

/** What an export is, in words of the contract; read-only, as it is sent and not changed. */
export type ExportedMixture = ExportResult & Pick<ExportResponse, 'sweepId' | 'proposalId' | 'mixture' | 'attention'>;

interface Representation {
  /** Changes whenever the bytes do, and never otherwise. */
  readonly tag: string;
  readonly body: () => ExportedMixture | StreamableFile;
}

/**
 * All files as JSON, one of them as text, or an archive: as the query asks, or 304 without a body where the client's
 * If-None-Match names what would be sent. What the JSON says beside the files stands in one of them, the sidecar, so
 * that the digest of the files is the tag of the whole, and a client can compute it from a folder.
 */
export function representExport(
  exported: ExportedMixture,
  { file, as }: ExportQuery,
  request: IncomingMessage,
  response: ServerResponse,
): ExportedMixture | StreamableFile | undefined {
  const { tag, body } =
    file !== undefined ? oneFile(exported, file) : as === 'zip' ? archive(exported) : asJson(exported);
  response.setHeader('ETag', strongTag(tag));
  response.setHeader('Cache-Control', 'no-cache');
  if (!isKnown(request.headers['if-none-match'], strongTag(tag))) return body();
  response.statusCode = HttpStatus.NOT_MODIFIED;
  return undefined;
}

function asJson(exported: ExportedMixture): Representation {
  return { tag: exportTag(exported.files), body: () => exported };
}

function archive(exported: ExportedMixture): Representation {
  const { files, format, proposalId, sweepId } = exported;
  return {
    tag: `${exportTag(files)}-zip`,
    body: () => attachment(zipFiles(files), 'application/zip', `${proposalId ?? sweepId}-${format}.zip`),
  };
}

function oneFile({ files }: ExportedMixture, path: string): Representation {
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined) {
    const known = files.map((candidate) => candidate.path).join(', ');
    throw new InvalidField('file', `the export has no file "${path}"; it has ${known}`, 'file-unknown');
  }
  return {
    tag: digestOf(file).sha256,
    body: () => attachment(new TextEncoder().encode(file.content), 'text/plain; charset=utf-8', file.path),
  };
}

function attachment(bytes: Uint8Array, type: string, name: string): StreamableFile {
  const safe = name.replace(/[^\w.-]/g, '_');
  return new StreamableFile(bytes, { type, disposition: `attachment; filename="${safe}"`, length: bytes.length });
}
