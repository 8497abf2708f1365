import { describe, expect, it } from 'vitest';
import { canonicalProposal, exportProposal } from '../../index.js';
import { parseCsv } from './parse.js';

const complaints = (content: string) =>
  parseCsv({ path: 'mixture.csv', content }).findings.map(
    ({ level, where, message }) => `${level} ${where}: ${message}`,
  );

describe('writeCsv', () => {
  it('quotes what would move a cell, and says which names a spreadsheet would calculate', () => {
    const proposal = canonicalProposal({ weights: { '=1+1': 0.5, 'a,b': 0.25, 'say "hi"': 0.25 } });
    const { files, warnings } = exportProposal(proposal, 'csv');
    expect(files[0]!.content.split('\n').slice(1, 4)).toEqual([
      '=1+1,0.500000000000,,,,',
      '"a,b",0.250000000000,,,,',
      '"say ""hi""",0.250000000000,,,,',
    ]);
    expect(warnings).toEqual(['Spreadsheets take "=1+1" for formulas: import the column domain as text.']);
  });

  it('writes a table for each phase', () => {
    const phases = [
      { name: 'main', start: 0, weights: { web: 1, code: 0 } },
      { name: 'end', start: 0.9, weights: { web: 0.5, code: 0.5 } },
    ];
    const { files } = exportProposal(canonicalProposal({ phases }), 'csv');
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['phase-1-main/mixture.csv', 'phase-2-end/mixture.csv', 'PHASES.md']),
    );
  });
});

describe('parseCsv', () => {
  it('reads a table that a spreadsheet saved, with a byte order mark, other columns and CRLF', () => {
    const content = '\ufeffrank,domain,weight\r\n1,web,0.6\r\n2,"a,b",0.4\r\n';
    expect(parseCsv({ path: 'mixture.csv', content })).toEqual({
      findings: [],
      phases: [
        {
          name: null,
          start: 0,
          sources: [
            { key: 'web', amount: 0.6 },
            { key: 'a,b', amount: 0.4 },
          ],
        },
      ],
      settings: {},
    });
  });

  it.each([
    ['semicolons', 'domain;weight\nweb;1', /^error the header: has no column "domain".*separated by commas/],
    [
      'another name for the weight',
      'domain,share\nweb,1',
      /^error the header: has no column "weight"; it has domain, share/,
    ],
    ['two columns of weights', 'domain,weight,weight\nweb,1,1', /^error the header: has 2 columns "weight"/],
    ['a short row', 'domain,weight\nweb', /^error the file: is no table/],
    ['no rows', 'domain,weight\n', /^error the file: has no rows/],
    ['nothing', '', /^error the header: has no column "domain"; it has nothing/],
    ['a domain twice', 'domain,weight\nweb,0.5\nweb,0.5', /^error row 3: "web" stands twice/],
    ['a row without a domain', 'domain,weight\n,1', /^error row 2: has no domain/],
    ['a percentage', 'domain,weight\nweb,60%', /^error row 2: the weight "60%" of "web"/],
    ['a decimal comma', 'domain,weight\nweb,"0,6"', /^error row 2: the weight "0,6"/],
    ['a negative weight', 'domain,weight\nweb,-1', /^error row 2/],
    ['an exponent', 'domain,weight\nweb,1e-7\ncode,0.9999999', /^warning row 2: "1e-7" has an exponent/],
    ['weights of another sum', 'domain,weight\nweb,0.6', /^warning weight: the weights sum to 0\.6/],
    ['a name that a spreadsheet changes', 'domain,weight\n010,1', /^note row 2: a spreadsheet takes "010"/],
  ])('complains about %s', (_, content, complaint) => {
    expect(complaints(content)).toContainEqual(expect.stringMatching(complaint));
  });
});
