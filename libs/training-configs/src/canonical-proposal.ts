/** A domain of a proposal, as every exporter sees it. */
export interface CanonicalWeight {
  readonly domain: string;
  /** Share of the training tokens, in [0, 1]. */
  readonly weight: number;
  /** Passes over the domain's text in the run the weights are for. */
  readonly epochs?: number;
  /** Tokens the domain has. */
  readonly tokens?: number;
  /** Where the domain lies for each format, e.g. { megatron: '/data/web_text_document' }. */
  readonly locations?: Readonly<Record<string, string>>;
}

/** What every exporter consumes. Weights are token shares and sum to 1 within rounding. */
export interface CanonicalProposal {
  readonly proposalId: string | null;
  /** Whose weights these are: "proposal", or the mixture that its document recommends instead. */
  readonly mixture: string;
  /** Which mixture the document recommends; null where it does not say. */
  readonly recommended: string | null;
  /** Hash of the proposal document: what the exported numbers can be traced back to. */
  readonly hash: string | null;
  readonly createdAt: string | null;
  readonly weights: readonly CanonicalWeight[];
  /** Length of the run the weights are for, in tokens. */
  readonly targetTokens?: number;
  readonly provenance: Readonly<Record<string, unknown>>;
  /** What was mended while reading the document, as sentences. */
  readonly notes: readonly string[];
}
