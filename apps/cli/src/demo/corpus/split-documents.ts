// How a file becomes documents. Each takes the file's text with line feeds as line ends.

/** Messages, or table rows, in one document. */
const LIST_LENGTH = 25;

export function wholeText(text: string): string[] {
  return [text];
}

/**
 * Subject and body of a plain mail. Others (parts, encodings, HTML) are left out, and addresses are masked: the
 * demo needs the way people wrote, not who they were.
 */
export function emailText(text: string): string[] {
  const gap = text.indexOf('\n\n');
  if (gap < 0) return [];
  const headers = text.slice(0, gap);
  const body = text.slice(gap + 2);
  if (/^content-type: *(?:multipart|text\/html)/im.test(headers)) return [];
  if (/^content-transfer-encoding: *(?:base64|quoted-printable)/im.test(headers)) return [];
  if (/<html|<body|begin-base64|^begin \d{3} /im.test(body)) return [];
  const subject = /^subject: *(.*)$/im.exec(headers)?.[1] ?? '';
  return [`Subject: ${subject}\n\n${body}`.replace(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '(address)')];
}

/** Sections under second-level headings; boilerplate that every manual repeats is left out. */
export function markdownSections(text: string): string[] {
  return text
    .replace(/<!--[\s\S]*?-->/g, '')
    .split(/^(?=##? )/m)
    .filter((section) => !/^##? +(?:licen[cs]e|install|acknowledg|contribut|sponsor|thanks|the team)/i.test(section));
}

/** Entries of a JSON object, some at a time, indented: `$defs` and the like are opened first. */
export function jsonEntries(text: string): string[] {
  const document = JSON.parse(text) as Record<string, unknown>;
  const inner = document.$defs ?? document.definitions ?? document;
  const entries = Object.entries(inner as Record<string, unknown>);
  return inner === document
    ? inGroups(entries, LIST_LENGTH).map((group) => JSON.stringify(Object.fromEntries(group), null, 2))
    : entries.map((entry) => JSON.stringify(Object.fromEntries([entry]), null, 2));
}

/** The values of a JSON object of texts, one a line. */
export function messageLists(text: string): string[] {
  const messages = Object.values(JSON.parse(text) as Record<string, string>);
  return inGroups(messages, LIST_LENGTH).map((group) => group.join('\n'));
}

function inGroups<T>(list: readonly T[], length: number): T[][] {
  const groups: T[][] = [];
  for (let start = 0; start < list.length; start += length) groups.push(list.slice(start, start + length));
  return groups;
}
