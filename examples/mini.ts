// The whole method in memory, on a made-up world whose true losses are known: design mixtures, "train" a proxy on
// each, fit, propose, and compare the proposal with the baselines by the true loss, which no real user ever sees.
// A test runs it (npx vitest run examples). With a Node that strips types, after a build: node examples/mini.ts
import { pathToFileURL } from 'node:url';
import { type ProposalDocument, propose } from '#libs/proposals';
import { availabilityCaps, createRandom, naturalPrior, regmixDesign } from '#libs/simplex';

// 1. The corpus: five domains and the tokens available in each.
const tokens = { web: 600e9, code: 150e9, books: 30e9, papers: 60e9, mail: 2e9 };
const domains = Object.keys(tokens);
const available = Object.values(tokens);

// 2. The truth. What is learnt about target t from mixture p is a sum over domains of transfer times the square root
//    of the share, so that every further token of a domain teaches less; loss falls exponentially in it.
const transfer: Record<string, readonly number[]> = {
  //            web  code books papers mail
  dialogue: [1.2, 0.0, 0.7, 0.2, 0.9],
  programs: [0.2, 1.6, 0.1, 0.5, 0.0],
  science: [0.6, 0.2, 0.4, 1.4, 0.0],
};
const targets = Object.keys(transfer);

/** True loss of one target, nats per token. */
function trueLoss(target: string, p: readonly number[]): number {
  const learnt = p.reduce((sum, share, i) => sum + transfer[target]![i]! * Math.sqrt(share), 0);
  return 2 + 2 * Math.exp(-learnt);
}

/** True objective: the mean over the targets. */
export function trueObjective(p: readonly number[]): number {
  return targets.reduce((sum, target) => sum + trueLoss(target, p), 0) / targets.length;
}

export interface MiniResult {
  readonly proposal: ProposalDocument;
  /** True objective by mixture. */
  readonly truth: Readonly<Record<'proposal' | 'natural' | 'uniform' | 'bestObserved', number>>;
}

/** Runs the method with `runs` proxies whose measured losses carry noise of standard deviation `noise`. */
export function runMini({ seed = 42, runs = 64, noise = 0.005 } = {}): MiniResult {
  // 3. The constraints: the large run takes 500B tokens and may pass over no domain more than four times.
  const targetTokens = 500e9;
  const maxEpochs = 4;
  const caps = availabilityCaps(available, targetTokens, maxEpochs);

  // 4. The design: mixtures spread around the natural one, none above its caps.
  const prior = naturalPrior(domains, available);
  const mixtures = regmixDesign({ prior, domains, caps, runs, seed });

  // 5. The proxy runs. Here "training" is the truth plus seed noise; in earnest it is a small model per mixture.
  const random = createRandom(seed, 99);
  const losses = Object.fromEntries(
    targets.map((target) => [target, mixtures.map((p) => trueLoss(target, p) + noise * random.normal())]),
  );

  // 6. Fit every target and propose: the objective is the mean of all targets unless one says otherwise.
  const proposal = propose({ domains, mixtures, losses, tokens, targetTokens, maxEpochs, samples: 30_000, seed });

  // 7. Compare by the truth. In earnest this is a confirmation: train each with several seeds.
  const weights = domains.map((domain) => proposal.weights[domain]!);
  return {
    proposal,
    truth: {
      proposal: trueObjective(weights),
      natural: trueObjective(prior),
      uniform: trueObjective(domains.map(() => 1 / domains.length)),
      bestObserved: trueObjective(mixtures[proposal.bestObserved!.index]!),
    },
  };
}

/** The result as a few lines of text. */
export function describeMini({ proposal, truth }: MiniResult): string {
  const lines = ['domain    proposed  natural  epochs    cap  efficiency'];
  for (const domain of domains) {
    const numbers = [
      (100 * proposal.weights[domain]!).toFixed(1).padStart(7),
      (100 * proposal.baselines.natural.weights[domain]!).toFixed(1).padStart(7),
      proposal.epochs![domain]!.toFixed(2).padStart(6),
      (100 * proposal.constraints.caps![domain]!).toFixed(1).padStart(5),
      (100 * proposal.repetition!.domains[domain]!.efficiency).toFixed(0).padStart(10),
    ];
    lines.push(`${domain.padEnd(9)} ${numbers.join('  ')}`);
  }
  const predicted = {
    proposal: proposal.predictedObjective,
    natural: proposal.baselines.natural.objective,
    uniform: proposal.baselines.uniform.objective,
    bestObserved: proposal.bestObserved!.predictedObjective,
  };
  lines.push('', 'objective     predicted, 90% interval   true');
  for (const [name, { mean, lower90, upper90 }] of Object.entries(predicted)) {
    const interval = `[${lower90?.toFixed(4)}, ${upper90?.toFixed(4)}]`;
    lines.push(`${name.padEnd(12)}  ${mean.toFixed(4)} ${interval}  ${truth[name as keyof typeof truth].toFixed(4)}`);
  }
  for (const [target, { model, outOfFold, coverage }] of Object.entries(proposal.fits)) {
    const held = coverage.p90 === null ? '' : `, 90% intervals held ${(100 * coverage.p90).toFixed(0)}%`;
    lines.push(`fit of ${target}: ${model}, out-of-fold Spearman ${outOfFold.spearman?.toFixed(3)}${held}`);
  }
  lines.push(`recommended: ${proposal.recommended.mixture}. ${proposal.recommended.reason}`);
  return [...lines, ...proposal.notes.map((note) => `note: ${note}`)].join('\n');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(describeMini(runMini()));
}
