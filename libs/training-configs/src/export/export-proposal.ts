import type { ExportedFile, ExportPlan, PlannedPhase, TrainingConfigFormat } from '../format.js';
import type { CanonicalProposal } from '../proposal/canonical-proposal.js';
import { type Realised, realise } from '../samplers/realise.js';
import { compareWithPlan, type ParsedFile } from './compare-with-plan.js';
import type { ExportedPhase, ExportResult } from './export-result.js';
import { findFormat } from './find-format.js';
import { headerLines } from './header.js';
import { type ExportOptions, readOptions } from './options.js';
import { phaseFolder, relaunchGuide, usageOfPhases } from './phase-files.js';
import { planPhase } from './plan-phase.js';
import { checkRepetition, epochsOfRun } from './repetition.js';
import { sidecar } from './sidecar.js';
import { stepsAgainstTokens } from './steps.js';
import { unitDescriptions } from './units.js';

/**
 * Writes a proposal in a trainer's format, parses the result with the format's independent parser, compares it with the
 * proposal, and runs the trainer's sampler on what was parsed.
 * Throws InvalidInputError for what the caller can mend (EXPORT_FORMAT_UNKNOWN, EXPORT_OPTION, LOCATION_MISSING,
 * LOCATION_INVALID, LOCATION_DUPLICATE, TOO_MANY_DOMAINS, UNIT_FACTS_MISSING, REPETITION_ABOVE_CAP, bad weights) and
 * ExportMismatchError if a file does not hold what was asked for; then nothing is returned.
 */
export function exportProposal(proposal: CanonicalProposal, format: string, options: ExportOptions = {}): ExportResult {
  return exportWith(findFormat(format), proposal, options);
}

/** As `exportProposal`, with a format that need not be registered. */
export function exportWith(
  format: TrainingConfigFormat,
  proposal: CanonicalProposal,
  given: ExportOptions = {},
): ExportResult {
  const options = readOptions(format.name, format.options, given);
  const unit = format.unit(options);
  const targetTokens = options.number('targetTokens') ?? proposal.targetTokens;
  const warnings = [...proposal.notes];
  const planned = proposal.phases.map((phase, i) => {
    const end = proposal.phases[i + 1]?.start ?? 1;
    const tokens = targetTokens === undefined ? undefined : (end - phase.start) * targetTokens;
    return planPhase(format, proposal, phase, tokens, options, warnings);
  });
  warnings.push(...checkRepetition(planned, options.number('maxEpochs') ?? proposal.maxEpochs));

  warnings.push(...stepsAgainstTokens({ options, targetTokens }));

  const together = format.phases === 'native' || planned.length === 1;
  const files: ExportedFile[] = [];
  const usages: { readonly folder: string; readonly lines: readonly string[] }[] = [];
  const exported: ExportedPhase[] = [];
  const epochs = epochsOfRun(planned);
  for (const [index, group] of (together ? [planned] : planned.map((phase) => [phase])).entries()) {
    const header = headerLines(format.trainer, proposal, unit, targetTokens, group);
    const plan: ExportPlan = { proposal, phases: group, unit, options, targetTokens, header };
    const written = format.write(plan);
    const parsed = written.files.map((file): ParsedFile => ({ file, reading: format.parse(file, options) }));
    compareWithPlan(format.name, parsed, plan, written.starts);
    const folder = together ? '' : phaseFolder(index, group[0]!.name);
    files.push(...written.files.map(({ path, content }) => ({ path: `${folder}${path}`, content })));
    usages.push({ folder, lines: written.usage });
    for (const warning of written.warnings ?? []) if (!warnings.includes(warning)) warnings.push(warning);
    const { reading } = parsed.find(({ reading }) => reading.phases.length > 0)!;
    group.forEach((phase, p) => {
      const realised = realise(format, reading, reading.phases[p]!, phase.entries, phase.tokens, options);
      exported.push(describePhase(phase, realised, epochs));
    });
  }
  const usage = usageOfPhases(usages);
  if (!together) {
    const how = format.phases.relaunch({ phases: planned, options, targetTokens });
    files.push(relaunchGuide(format.trainer, how, planned, targetTokens));
    usage.push(`${format.trainer} holds one mixture a run. ${how}`);
  }
  const result = {
    format: format.name,
    trainer: format.trainer,
    unit,
    unitDescription: unitDescriptions[unit],
    targetTokens: targetTokens ?? null,
    files,
    usage,
    warnings,
    phases: exported,
  };
  return { ...result, files: [...files, sidecar(proposal, result)] };
}

function describePhase(
  { name, start, tokens, entries, dropped }: PlannedPhase,
  realised: Realised | null,
  epochs: ReadonlyMap<string, number>,
): ExportedPhase {
  return {
    name,
    start,
    tokens: tokens === undefined ? null : Math.round(tokens),
    domains: entries.map((entry, i) => ({
      domain: entry.domain,
      key: entry.key,
      weight: entry.weight,
      amount: entry.text,
      epochs: readable(entry.epochs),
      epochsOfRun: readable(epochs.get(entry.domain)),
      availableTokens: entry.tokens ?? null,
      trainingTokens: tokens === undefined ? null : Math.round(entry.weight * tokens),
      realised: readable(realised?.shares?.[i]),
      standardError: readable(realised?.standardErrors?.[i]),
    })),
    dropped,
    sampler: realised?.sampler ?? null,
    draws: realised?.draws ?? null,
    remarks: realised?.remarks ?? [],
  };
}

/** Twelve digits: what rounding left behind is no information. */
function readable(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toPrecision(12));
}
