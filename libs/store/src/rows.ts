import {
  defaultFidelityName,
  defaultRetries,
  type ExpertLoad,
  type FailureClass,
  type FitProgressResponse,
  type RunRole,
  type SweepSpecification,
  toJsonDocument,
} from '#libs/contracts';
import type {
  AttemptRecord,
  CorpusRecord,
  CurvePoint,
  DomainRecord,
  EventRecord,
  FitRecord,
  FitTask,
  ObservationRecord,
  ObservedLoss,
  OutboxRecord,
  ProposalRecord,
  RunRecord,
  SweepRecord,
  WorkerRecord,
} from '#libs/sweeps';
import { Prisma } from './generated/client.js';
import type { RunRole as StoredRole } from './generated/enums.js';

// Rows are what Prisma returns, records what the use-cases know. Counts are bigint columns: a corpus has more tokens
// than 32 bits hold, and never more than a double holds exactly.

type Json = Prisma.InputJsonValue;

export type CorpusRow = Prisma.CorpusGetPayload<{ include: { domains: true } }>;
type ObservationRow = Prisma.ObservationGetPayload<{ include: { losses: true; expertLoads: true } }>;
type CurveRow = Prisma.CurvePointGetPayload<{ include: { losses: true } }>;
type Plain<Name extends keyof Prisma.TypeMap['model']> = Prisma.TypeMap['model'][Name]['payload']['scalars'];

export function toJson(value: unknown, path: string): Json {
  return toJsonDocument(value, path) as Json;
}

export function readCorpus({ domains, ...row }: CorpusRow): CorpusRecord {
  return { ...row, domains: domains.map(readDomain) };
}

function readDomain(row: CorpusRow['domains'][number]): DomainRecord {
  const locations = row.locations as Record<string, string>;
  return {
    name: row.name,
    source: row.source,
    tokens: row.tokens === null ? null : Number(row.tokens),
    ...(row.documents !== null && { documents: Number(row.documents) }),
    ...(row.contentHash !== null && { contentHash: row.contentHash }),
    ...(row.licence !== null && { licence: row.licence }),
    ...(row.group !== null && { group: row.group }),
    ...(Object.keys(locations).length > 0 && { locations }),
  };
}

export function writeDomain(corpusId: string, position: number, domain: DomainRecord) {
  const { tokens, documents, locations, ...rest } = domain;
  return {
    ...rest,
    corpusId,
    position,
    tokens: tokens === null ? null : BigInt(tokens),
    documents: documents === undefined ? null : BigInt(documents),
    locations: toJson(locations ?? {}, 'locations'),
  };
}

export function readSweep(row: Plain<'Sweep'>): SweepRecord {
  return {
    ...row,
    prior: row.prior as number[],
    targets: row.targets as string[],
    specification: readSpecification(row.specification),
    confirmation: row.confirmation as unknown as SweepRecord['confirmation'],
  };
}

/** A sweep stored before these settings existed has what was done then. */
function readSpecification(json: unknown): SweepSpecification {
  type Later = 'checkpoints' | 'retries' | 'fidelities';
  const stored = json as Omit<SweepSpecification, Later> & Partial<Pick<SweepSpecification, Later>>;
  const { trainer, strategy } = stored;
  const single = trainer === null ? [] : [{ name: defaultFidelityName, runs: strategy.runs, trainer }];
  return {
    ...stored,
    fidelities: stored.fidelities ?? single,
    checkpoints: stored.checkpoints ?? { everySteps: 0, keepFinal: false },
    retries: stored.retries ?? defaultRetries,
  };
}

export function writeSweep<T extends Partial<SweepRecord>>({
  specification,
  confirmation,
  prior,
  targets,
  ...rest
}: T) {
  return {
    ...rest,
    ...(targets && { targets: toJson(targets, 'targets') }),
    ...(prior && { prior: toJson(prior, 'prior') }),
    ...(specification && { specification: toJson(specification, 'specification') }),
    ...(confirmation !== undefined && {
      confirmation: confirmation === null ? Prisma.DbNull : toJson(confirmation, 'confirmation'),
    }),
  };
}

export function readRole(role: StoredRole): RunRole {
  return role === 'best_observed' ? 'best-observed' : role;
}

export function writeRole(role: RunRole): StoredRole {
  return role === 'best-observed' ? 'best_observed' : role;
}

export function readRun(row: Plain<'Run'>): RunRecord {
  return {
    ...row,
    role: readRole(row.role),
    weights: row.weights as number[],
    failures: row.failures as RunRecord['failures'],
  };
}

export function writeRun<T extends Partial<RunRecord>>({ role, weights, failures, ...rest }: T) {
  return {
    ...rest,
    ...(role && { role: writeRole(role) }),
    ...(weights && { weights: toJson(weights, 'weights') }),
    ...(failures && { failures: toJson(failures, 'failures') }),
  };
}

export function readAttempt(row: Plain<'Attempt'>): AttemptRecord {
  return { ...row, failureClass: row.failureClass as FailureClass | null };
}

export function readObservation({
  losses,
  expertLoads,
  tokens,
  parameters,
  ...row
}: ObservationRow): ObservationRecord {
  return {
    ...row,
    tokens: tokens === null ? null : Number(tokens),
    parameters: parameters === null ? null : Number(parameters),
    losses: Object.fromEntries(
      losses.map(({ target, natsPerToken, bitsPerByte, lower, upper }): [string, ObservedLoss] => [
        target,
        { natsPerToken, bitsPerByte, ...(lower !== null && upper !== null && { bounds: { lower, upper } }) },
      ]),
    ),
    expertLoads: expertLoads.map(({ layer, domain, load }): ExpertLoad => ({ layer, domain, load: load as number[] })),
  };
}

export function writeObservation({
  losses: _losses,
  expertLoads: _loads,
  tokens,
  parameters,
  ...row
}: ObservationRecord) {
  return {
    ...row,
    tokens: tokens === null ? null : BigInt(tokens),
    parameters: parameters === null ? null : BigInt(parameters),
  };
}

export function readCurvePoint({ losses, tokens, ...row }: CurveRow): CurvePoint {
  return {
    ...row,
    tokens: Number(tokens),
    losses: Object.fromEntries(
      losses.map(({ target, natsPerToken, bitsPerByte }) => [target, { natsPerToken, bitsPerByte }]),
    ),
  };
}

export function readFit(row: Plain<'Fit'>): FitRecord {
  return {
    ...row,
    settings: row.settings as unknown as FitTask,
    progress: row.progress as unknown as FitProgressResponse | null,
    runIds: row.runIds as string[],
    targets: row.targets as Record<string, unknown>,
    unfitted: row.unfitted as Record<string, string>,
  };
}

export function writeFit<T extends Partial<FitRecord>>({ settings, progress, runIds, targets, unfitted, ...rest }: T) {
  return {
    ...rest,
    ...(settings && { settings: toJson(settings, 'settings') }),
    ...(progress !== undefined && { progress: progress === null ? Prisma.DbNull : toJson(progress, 'progress') }),
    ...(runIds && { runIds: toJson(runIds, 'runIds') }),
    ...(targets && { targets: toJson(targets, 'targets') }),
    ...(unfitted && { unfitted: toJson(unfitted, 'unfitted') }),
  };
}

export function readProposal(row: Plain<'Proposal'>): ProposalRecord {
  return {
    ...row,
    weights: row.weights as Record<string, number>,
    document: row.document as Record<string, unknown>,
  };
}

export function readWorker(row: Plain<'Worker'>): WorkerRecord {
  const { registeredAt, heartbeatAt } = row;
  return { ...(row.snapshot as unknown as WorkerRecord), registeredAt, heartbeatAt };
}

export function readOutbox(row: Plain<'OutboxMessage'>): OutboxRecord {
  return {
    id: Number(row.id),
    topic: row.topic as OutboxRecord['topic'],
    payload: row.payload as Record<string, unknown>,
  };
}

export function readEvent(row: Plain<'SweepEvent'>): EventRecord {
  return {
    ...row,
    id: Number(row.id),
    type: row.type as EventRecord['type'],
    data: row.data as Record<string, unknown>,
  };
}
