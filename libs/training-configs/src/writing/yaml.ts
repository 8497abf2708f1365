// YAML that every loader reads alike: numbers as given text (no exponent can appear), strings quoted wherever YAML 1.1
// or 1.2 would take them for something else ("no", "010", "1:30", "2024-01-01 12:00:00").
import { Document, type ScalarTag, visit } from 'yaml';

/** A number that is written with exactly these decimals. */
export class DecimalText {
  constructor(readonly text: string) {}
}

const decimalTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  identify: (value) => value instanceof DecimalText,
  resolve: (text) => new DecimalText(text),
  // Never matched: this tag only writes.
  test: /^(?!)/,
  stringify: ({ value }) => (value as DecimalText).text,
};

/** What PyYAML, OmegaConf or a YAML 1.2 reader would not read as text when it stands bare. */
const AMBIGUOUS =
  /^(?:\ufeff.*|[-+]?[\d.][\d_.,:eExXoObB+\-a-fA-F]*|\d{4}-\d\d?-\d\d?[\dtz:.+\- ]*|[-+]?\.?(?:inf|nan)|y|n|yes|no|on|off|true|false|null|none|~|=|<<)$/i;

/**
 * A YAML document with a header of comments. Lists and maps stand in block style, lists of scalars in one line.
 * @param header lines without comment marks
 */
export function yamlText(value: unknown, header: readonly string[]): string {
  const document = new Document(value, { customTags: [decimalTag], aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && AMBIGUOUS.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  document.commentBefore = header.map((line) => ` ${line}`).join('\n');
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
