// What is wrong with a text that is no JSON, in words that are the same on every release of Node and say where to look.

const BYTE_ORDER_MARK = '\ufeff';

/** @param error what JSON.parse threw */
export function jsonProblem(content: string, error: unknown): string {
  if (content.startsWith(BYTE_ORDER_MARK)) return "begins with a byte order mark, which Python's json.load refuses";
  if (content.trim() === '') return 'is no JSON: it is empty';
  const slip = firstSlip(content);
  if (slip) return `is no JSON: line ${lineOf(content, slip.index)} has ${slip.what}, which JSON does not know`;
  const { message } = error as Error;
  const at = /at position (\d+)/.exec(message);
  const where = at ? `line ${lineOf(content, Number(at[1]))}: ` : '';
  // Node adds a piece of the text, line breaks included.
  return `is no JSON: ${where}${message.replace(/,? ?(\.\.\.)?".*is not valid JSON$/s, '').replace(/ in JSON at position .*$/s, '')}`;
}

/** What people write into JSON by hand: comments, and a comma behind the last element. */
function firstSlip(content: string): { what: string; index: number } | null {
  for (const match of content.matchAll(/"(?:[^"\\]|\\.)*"|\/\/|\/\*|#|,\s*[}\]]/g)) {
    if (match[0].startsWith('"')) continue;
    return { what: match[0].startsWith(',') ? 'a comma behind the last element' : 'a comment', index: match.index };
  }
  return null;
}

function lineOf(content: string, index: number): number {
  return content.slice(0, index).split('\n').length;
}
