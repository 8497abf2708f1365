import { expect, it } from 'vitest';
import { canonicalProposal } from '../proposal/read-proposal.js';
import { exportProposal } from './export-proposal.js';
import { readSidecar, sidecarPath } from './sidecar.js';

it('is read back from the folder that it lies in', () => {
  const { files } = exportProposal(canonicalProposal({ id: 'prp_1', hash: 'h', weights: { a: 1 } }), 'csv');
  const content = files.find(({ path }) => path === sidecarPath('csv'))!.content;
  expect(readSidecar(content)).toMatchObject({ format: 'csv', proposalId: 'prp_1', hash: 'h' });
  expect(readSidecar(content)!.files.map(({ path }) => path)).toEqual(['mixture.csv']);
});

it.each([
  '',
  'null',
  '[]',
  '{}',
  '{"format":"csv"}',
  '{"format":"csv","files":[{"path":"a"}]}',
  '{"format":1,"files":[]}',
])('is not what %j holds', (content) => {
  expect(readSidecar(content)).toBeNull();
});
