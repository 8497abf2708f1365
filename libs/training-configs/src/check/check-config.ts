import { findFormat } from '../export/find-format.js';
import { type ExportOptions, readOptions } from '../export/options.js';
import { toTokenShares, type Unit, unitDescriptions } from '../export/units.js';
import type { ExportedFile } from '../format.js';
import type { CanonicalDomain } from '../proposal/canonical-proposal.js';
import type { Finding, PhaseReading } from '../reading/reading.js';
import { realise } from '../samplers/realise.js';
import { nameList } from '../writing/name-list.js';
import { matchSources } from './match-sources.js';

export interface CheckedSource {
  readonly key: string;
  /** The corpus' domain it stands for; null where none was given or none matches. */
  readonly domain: string | null;
  /** As the trainer reads it; null without a weight. */
  readonly amount: number | null;
  /** Share of the amounts, as the trainer normalises them. */
  readonly share: number | null;
  /** Share of the tokens; null where that depends on facts that are not known. */
  readonly tokenShare: number | null;
  /** Share of the tokens that the trainer's sampler gives it. */
  readonly realised: number | null;
  readonly epochs: number | null;
}

export interface CheckedPhase {
  readonly name: string | null;
  readonly start: number;
  readonly sampler: string | null;
  readonly draws: number | null;
  readonly remarks: readonly string[];
  readonly sources: readonly CheckedSource[];
}

export interface CheckReport {
  readonly format: string;
  readonly trainer: string;
  readonly path: string;
  readonly unit: Unit;
  readonly unitDescription: string;
  /** False when the trainer would refuse the file or read something else than stands there. */
  readonly usable: boolean;
  readonly findings: readonly Finding[];
  readonly phases: readonly CheckedPhase[];
}

/**
 * What a trainer would do with a file that a user has already.
 * @param domains the corpus, for token shares and epochs; empty where there is none
 * @throws InvalidInputError EXPORT_FORMAT_UNKNOWN or EXPORT_OPTION; never for what stands in the file
 */
export function checkConfig(
  format: string,
  file: ExportedFile,
  domains: readonly CanonicalDomain[] = [],
  given: ExportOptions = {},
): CheckReport {
  const found = findFormat(format);
  const options = readOptions(format, found.options, given);
  const unit = found.unit(options);
  const reading = found.parse(file, options);
  const targetTokens = options.number('targetTokens');
  const findings = [...reading.findings];
  if (reading.phases.length === 0 && !findings.some(({ level }) => level === 'error')) {
    findings.push({ level: 'error', where: file.path, message: 'the file holds no weights' });
  }
  const describe = (phase: PhaseReading): CheckedPhase => {
    const matched = matchSources(
      found,
      phase.sources.map(({ key }) => key),
      domains,
      options,
    );
    if (domains.length > 0) {
      const strangers = phase.sources.filter((_, i) => matched[i] === null).map(({ key }) => key);
      if (strangers.length > 0) {
        const where = phase.name ?? 'weights';
        findings.push({ level: 'note', where, message: `not in the corpus: ${nameList(strangers)}` });
      }
    }
    const stock = phase.sources.map(({ key }, i): CanonicalDomain => matched[i] ?? { domain: key });
    const amounts = phase.sources.map(({ amount }) => amount);
    const weighted = amounts.every((amount) => amount !== null && amount >= 0) && amounts.some((amount) => amount! > 0);
    const total = weighted ? amounts.reduce<number>((sum, amount) => sum + amount!, 0) : 0;
    const tokenShares = weighted ? sharesOrNull(unit, amounts as number[], stock) : null;
    const realised = weighted ? realise(found, reading, phase, stock, targetTokens, options) : null;
    return {
      name: phase.name,
      start: phase.start,
      sampler: realised?.sampler ?? null,
      draws: realised?.draws ?? null,
      remarks: realised?.remarks ?? [],
      sources: phase.sources.map(({ key, amount }, i) => {
        const share = tokenShares?.[i] ?? null;
        const { tokens } = stock[i]!;
        const passes = share !== null && targetTokens && tokens ? (share * targetTokens) / tokens : null;
        return {
          key,
          domain: matched[i]?.domain ?? null,
          amount,
          share: weighted ? amount! / total : null,
          tokenShare: share,
          realised: realised?.shares?.[i] ?? null,
          epochs: reading.phases.length > 1 ? null : passes,
        };
      }),
    };
  };
  const phases = reading.phases.map(describe);
  return {
    format,
    trainer: found.trainer,
    path: file.path,
    unit,
    unitDescription: unitDescriptions[unit],
    usable: !findings.some(({ level }) => level === 'error'),
    findings,
    phases,
  };
}

/** Null where the unit needs facts of a source that are not known. */
function sharesOrNull(unit: Unit, amounts: readonly number[], stock: readonly CanonicalDomain[]): number[] | null {
  const known = stock.every(
    ({ tokens, documents }) => tokens !== undefined && (unit !== 'documents' || documents !== undefined),
  );
  return unit === 'sequences' || known ? toTokenShares(unit, amounts, stock) : null;
}
