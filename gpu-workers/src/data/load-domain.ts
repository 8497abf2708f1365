import { DataError } from './data.errors.js';
import { isHeldOut } from './held-out-split.js';
import { readDocuments } from './read-documents.js';

/** Ends every document in the byte stream; text has no byte 0 of its own. */
export const documentSeparator = 0;

export interface DomainText {
  name: string;
  /** Documents joined by the separator: bytes, which are the tokens. */
  training: Uint8Array;
  heldOut: Uint8Array;
}

/**
 * Loads a domain and splits it. `minimumTokens` is the least either side must hold: one sequence and its last target.
 * `trains` says whether the training side is needed at all (its weight is above 0).
 * Throws DataError naming the domain.
 */
export function loadDomain(
  domain: { name: string; path: string },
  options: { heldOutShare: number; minimumTokens: number; trains: boolean },
): DomainText {
  const sides = { training: [] as Uint8Array[], heldOut: [] as Uint8Array[] };
  try {
    for (const document of readDocuments(domain.path)) {
      sides[isHeldOut(document, options.heldOutShare) ? 'heldOut' : 'training'].push(document);
    }
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(`domain "${domain.name}": ${error.message}`, { cause: error });
  }
  const documents = sides.training.length + sides.heldOut.length;
  if (documents === 0) throw new DataError(`domain "${domain.name}" has no text`);
  const text = { name: domain.name, training: join(sides.training), heldOut: join(sides.heldOut) };
  if (sides.heldOut.length === 0) {
    throw new DataError(
      `domain "${domain.name}": none of its ${documents} documents falls on the held-out side; add documents or raise heldOutShare (${options.heldOutShare})`,
    );
  }
  requireTokens(domain.name, 'held-out', text.heldOut, options.minimumTokens);
  if (options.trains) requireTokens(domain.name, 'training', text.training, options.minimumTokens);
  return text;
}

function requireTokens(domain: string, side: string, text: Uint8Array, minimum: number): void {
  if (text.length >= minimum) return;
  throw new DataError(
    `domain "${domain}" has too little ${side} text: ${text.length} tokens, one sequence needs ${minimum}`,
  );
}

function join(documents: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(documents.reduce((total, document) => total + document.length + 1, 0));
  let offset = 0;
  for (const document of documents) {
    joined.set(document, offset);
    offset += document.length;
    joined[offset++] = documentSeparator;
  }
  return joined;
}
