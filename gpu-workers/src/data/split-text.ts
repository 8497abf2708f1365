/**
 * Documents of a text that has no document marks of its own.
 *
 * The rule: a document ends at the first blank line (only spaces, tabs or a carriage return) after at least 2 kB, so
 * that paragraphs stay whole and a held-out document is more than a sentence. Text without blank lines is cut at the
 * first line end after 16 kB, and text without line ends at 32 kB. Line ends around a document are dropped, so the
 * same paragraphs hash alike wherever they stand.
 */
export const splitRule = { minimumBytes: 2048, lineBytes: 16_384, maximumBytes: 32_768 } as const;

const [tab, newline, carriageReturn, space] = [9, 10, 13, 32] as const;

export function* splitText(text: Uint8Array): Generator<Uint8Array> {
  let start = 0;
  while (start < text.length) {
    const end = findEnd(text, start);
    const document = trimLineEnds(text.subarray(start, end));
    if (document.length > 0) yield document;
    start = end;
  }
}

function findEnd(text: Uint8Array, start: number): number {
  const limit = Math.min(start + splitRule.maximumBytes, text.length);
  let lineEnd = text.indexOf(newline, start + splitRule.minimumBytes - 1);
  while (lineEnd !== -1 && lineEnd < limit) {
    if (lineEnd + 1 - start >= splitRule.lineBytes) return lineEnd + 1;
    let next = lineEnd + 1;
    while (next < text.length && isBlank(text[next]!)) next++;
    if (next < text.length && text[next] === newline) return next + 1;
    lineEnd = text.indexOf(newline, lineEnd + 1);
  }
  return limit;
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab || byte === carriageReturn;
}

function trimLineEnds(document: Uint8Array): Uint8Array {
  let [start, end] = [0, document.length];
  const isLineEnd = (byte: number) => byte === newline || byte === carriageReturn;
  while (start < end && isLineEnd(document[start]!)) start++;
  while (end > start && isLineEnd(document[end - 1]!)) end--;
  return document.subarray(start, end);
}
