import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StreamableFile } from '@nestjs/common';
import { exportSchema } from '#libs/contracts';
import { type CorpusRecord, InvalidField, type SweepContext } from '#libs/sweeps';
import { abortWhenGoneOrLate } from '../abort-when-gone.js';
import type { TrainingConfigs } from '../formats/training-configs.service.js';
import type { OperationDescription } from '../openapi/operation.decorator.js';
import { renamingField } from '../problems/renaming-field.js';
import type { ExportQuery } from './export-query.js';
import type { MixtureToExport } from './find-mixture.js';
import { inLaterPhases } from './in-later-phases.js';
import { type ExportedMixture, representExport } from './represent-export.js';
import { withFactsOf } from './with-facts-of.js';

const seconds = 30;
const instead = 'Ask for fewer draws, or export with the command line, which takes its time.';

/** What both routes that export say of themselves. */
export const exportOperation: Omit<OperationDescription, 'summary'> = {
  description:
    "Every file is parsed back and compared with the mixture before it is returned, and the trainer's sampler is run " +
    'on what was parsed. All files come as JSON, one as text with `file`, or all in an archive with `as=zip`; their ' +
    'bytes are the same every time. Further parameters are options of the format, as GET /v1/formats lists them; one ' +
    'that is a list is repeated. `attention`, where it is not null, is to be shown to whoever uses the files; it stands ' +
    'in the sidecar too. The ETag of the JSON is the digest of the files alone, so that a client that has them on disk ' +
    'can ask whether anything changed.',
  headers: { 'If-None-Match': 'An ETag: answered with 304 where nothing changed' },
  responses: { 200: exportSchema, 304: null },
  alternatives: { 'text/plain': 'One file', 'application/zip': 'All files' },
  errors: [404, 422],
};

/** Exports a mixture, in phases where the query names later ones, and answers with what it asks for. */
export async function answerWithExport(
  { context, configs }: { context: SweepContext; configs: TrainingConfigs },
  first: MixtureToExport,
  query: ExportQuery,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<ExportedMixture | StreamableFile | undefined> {
  const { format, then, corpus: corpusId, file: _file, as: _as, ...options } = query;
  const corpus = corpusId === undefined ? null : await findCorpus(context, corpusId);
  const { canonical, ...mixture } = await inLaterPhases(context, first, listOf(then), (part) =>
    corpus === null ? part : withFactsOf(corpus, part),
  );
  const signal = abortWhenGoneOrLate(response, seconds, instead);
  const task = { proposal: canonical, format, options: options as Record<string, string | string[]> };
  // Phases were given as `then`, whatever the formats call them.
  const exported = await renamingField({ phases: 'then' }, () => configs.export(task, signal));
  return representExport({ ...exported, ...mixture }, query, request, response);
}

async function findCorpus({ store }: SweepContext, id: string): Promise<CorpusRecord> {
  const corpus = await store.findCorpus(id);
  if (corpus === null) throw new InvalidField('corpus', `there is no corpus "${id}"`, 'corpus-not-found');
  return corpus;
}

function listOf(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : [value].flat();
}
