const decoder = new TextDecoder('utf-8', { fatal: true });

/** Text of a file, or null if it is not UTF-8: half-broken text would teach a model the damage. */
export function decodeText(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** One kind of line end, no control characters but tab and line feed, no blanks at line ends, no runs of empty lines. */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\t\n]|\p{Cs}|\uFEFF/gu, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** At most `limit` bytes of UTF-8, cut at the last line end or blank before it. */
export function cutText(text: string, limit: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= limit) return text;
  let end = limit;
  while (end > 0 && bytes[end] !== 0x0a && bytes[end] !== 0x20) end--;
  if (end === 0) for (end = limit; (bytes[end]! & 0xc0) === 0x80; end--); // never inside a character
  return bytes.subarray(0, end).toString('utf8');
}
