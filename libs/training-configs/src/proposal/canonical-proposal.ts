/** A domain of a proposal, as every exporter sees it. */
export interface CanonicalDomain {
  readonly domain: string;
  /** Tokens the domain has. */
  readonly tokens?: number;
  /** Documents the domain has: with the tokens they give the mean length, which document-wise trainers need. */
  readonly documents?: number;
  /** Where the domain lies for each format, e.g. { megatron: '/data/web_text_document' }; {domain} is filled in. */
  readonly locations?: Readonly<Record<string, string>>;
}

/** A mixture, and when in the run it begins. */
export interface CanonicalPhase {
  readonly name: string;
  /** Share of the run's tokens that precede it: 0 for the first, rising, below 1. */
  readonly start: number;
  /** Share of the training tokens of each of the proposal's domains, in their order; sums to 1 within rounding. */
  readonly weights: readonly number[];
  /** What these weights can be traced back to, where that is known. */
  readonly proposalId: string | null;
  readonly hash: string | null;
}

/** What every exporter consumes. */
export interface CanonicalProposal {
  readonly proposalId: string | null;
  /** Whose weights these are: "proposal", or the mixture that its document recommends instead. */
  readonly mixture: string;
  /** Which mixture the document recommends; null where it does not say. */
  readonly recommended: string | null;
  /** Hash of the proposal document: what the exported numbers can be traced back to. */
  readonly hash: string | null;
  readonly createdAt: string | null;
  readonly domains: readonly CanonicalDomain[];
  /** At least one. */
  readonly phases: readonly CanonicalPhase[];
  /** Length of the run the weights are for, in tokens. */
  readonly targetTokens?: number;
  /** The most passes over a domain that the proposal allows. */
  readonly maxEpochs?: number;
  readonly provenance: Readonly<Record<string, unknown>>;
  /** What was mended while reading the document, as sentences. */
  readonly notes: readonly string[];
}
