import { baselineSchema, importedConstraintsSchema, objectiveSchema, paretoSchema } from '#libs/contracts';
import type { Constraints, GivenMixture, ObjectiveInput, OptimiserName, ParetoInput } from '#libs/proposals';
import { UnusableInput } from '../../cli.errors.js';
import { readAs, readDomainRecord, readTextRecord } from '../read-domain-record.js';

export interface ProposalOptions {
  objective?: string;
  uncertainty?: number;
  kl?: number;
  pareto?: string;
  prior?: string;
  tokens?: string;
  targetTokens?: number;
  maxEpochs?: number;
  caps?: string;
  constraints?: string;
  baseline?: string;
  licences?: string;
  optimiser: OptimiserName;
  samples?: number;
  top?: number;
}

/** What a proposal is asked for, from the option's files and the options that override them. */
export interface ProposalRequest {
  readonly objective: ObjectiveInput;
  readonly pareto?: ParetoInput;
  readonly prior?: Record<string, number>;
  readonly tokens?: Record<string, number>;
  readonly licences?: Record<string, string>;
  readonly constraints: Constraints;
  readonly baseline?: GivenMixture;
  readonly optimiser: OptimiserName;
  readonly samples?: number;
  readonly top?: number;
}

async function maybe<T>(path: string | undefined, read: (path: string) => Promise<T>): Promise<T | undefined> {
  return path === undefined ? undefined : read(path);
}

/** An option that says what a file says already is refused: nobody should have to know which of the two wins. */
function once<T>(option: string, given: T | undefined, file: string | undefined, inFile: T | undefined): T | undefined {
  if (given !== undefined && inFile !== undefined) {
    throw new UnusableInput(`${option} is given twice: on the command line and in ${file}`);
  }
  return given ?? inFile;
}

function without<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}

export async function readProposalRequest(options: ProposalOptions): Promise<ProposalRequest> {
  const objective = await maybe(options.objective, (path) => readAs(objectiveSchema, path));
  const pareto = await maybe(options.pareto, (path) => readAs(paretoSchema, path));
  const prior = await maybe(options.prior, readDomainRecord);
  const tokens = await maybe(options.tokens, readDomainRecord);
  const caps = await maybe(options.caps, readDomainRecord);
  const licences = await maybe(options.licences, readTextRecord);
  const baseline = await maybe(options.baseline, (path) => readAs(baselineSchema, path));
  const file = options.constraints;
  const given = await maybe(file, (path) => readAs(importedConstraintsSchema, path));
  const request: ProposalRequest = {
    objective: without({
      ...objective,
      uncertainty: once('--uncertainty', options.uncertainty, options.objective, objective?.uncertainty),
      klStrength: once('--kl', options.kl, options.objective, objective?.klStrength),
    }),
    pareto,
    prior,
    tokens,
    licences,
    ...(baseline && { baseline }),
    constraints: without({
      ...given,
      targetTokens: once('--target-tokens', options.targetTokens, file, given?.targetTokens),
      maxEpochs: once('--max-epochs', options.maxEpochs, file, given?.maxEpochs),
      caps: once('--caps', caps, file, given?.caps),
    }),
    optimiser: options.optimiser,
    samples: options.samples,
    top: options.top,
  };
  checkRequest(request);
  return request;
}

function checkRequest({ tokens, prior, licences, constraints, samples, top }: ProposalRequest): void {
  if (constraints.targetTokens !== undefined && !tokens) {
    throw new UnusableInput('--target-tokens needs --tokens, the tokens available by domain');
  }
  if (constraints.maxEpochs !== undefined && !tokens && !prior) {
    throw new UnusableInput('--max-epochs needs --tokens or --prior: without them nothing says how much text there is');
  }
  if (constraints.excludeLicences && !licences) {
    throw new UnusableInput('excludeLicences needs --licences, the licence of each domain');
  }
  if (samples !== undefined && top !== undefined && top > samples) {
    throw new UnusableInput(`--top ${top} exceeds --samples ${samples}`);
  }
}
