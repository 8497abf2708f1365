import type { ExportedFile } from '../format.js';
import type { CanonicalProposal } from '../proposal/canonical-proposal.js';
import { digestOf, type FileDigest } from './digest.js';
import type { ExportResult } from './export-result.js';

/** The file beside the others that says what they are: for programs, and for formats that have no comments. */
export function sidecarPath(format: string): string {
  return `${format}.meta.json`;
}

/** What `readSidecar` finds in a folder. */
export interface Sidecar {
  readonly format: string;
  readonly proposalId: string | null;
  readonly hash: string | null;
  readonly files: readonly FileDigest[];
}

/** Proposal, hash, time, unit, epochs, what the sampler makes of the weights, and the digest of every file. */
export function sidecar(proposal: CanonicalProposal, { files, ...result }: ExportResult): ExportedFile {
  const { format, trainer, unit, unitDescription, targetTokens, phases, usage, warnings } = result;
  const document = {
    format,
    trainer,
    proposalId: proposal.proposalId,
    mixture: proposal.mixture,
    hash: proposal.hash,
    createdAt: proposal.createdAt,
    unit,
    unitDescription,
    targetTokens,
    files: files.map(digestOf),
    usage,
    warnings,
    phases,
    provenance: proposal.provenance,
  };
  return { path: sidecarPath(format), content: `${JSON.stringify(document, null, 2)}\n` };
}

/** The sidecar's own facts, or null for a text that is none. */
export function readSidecar(content: string): Sidecar | null {
  try {
    const value = JSON.parse(content) as Partial<Sidecar> | null;
    const digests = value?.files;
    if (typeof value?.format !== 'string' || !Array.isArray(digests)) return null;
    const legal = digests.every((file) => typeof file?.path === 'string' && typeof file?.sha256 === 'string');
    if (!legal) return null;
    return { format: value.format, proposalId: value.proposalId ?? null, hash: value.hash ?? null, files: digests };
  } catch {
    return null;
  }
}
