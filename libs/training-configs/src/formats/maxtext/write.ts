import { assertDistinct, type LocationRule, locationOf } from '../../export/locations.js';
import { assertApart } from '../../export/patterns.js';
import { epochsOfRun } from '../../export/repetition.js';
import type { ExportPlan, RunInPhases, Written } from '../../format.js';

const rule: LocationRule = {
  registeredAs: ['maxtext'],
  example: 'gs://bucket/{domain}/*.array_record*',
  what: 'the pattern of its ArrayRecord files',
  patterns: true,
  problem: () => null,
};

/** mixture.json: the inline form of grain_train_files rounds weights to four decimals, this one does not. */
export function writeMaxText({ phases, proposal, options }: ExportPlan): Written {
  const { entries } = phases[0]!;
  const located = entries.map((entry) => ({ ...entry, location: locationOf(entry, options, rule) }));
  assertDistinct(located, 'files');
  assertApart(located);
  const listed = located.map(
    ({ key, location, text }) =>
      `  ${JSON.stringify(key)}: {\n    "path": ${JSON.stringify(location)},\n    "weight": ${text}\n  }`,
  );
  const inFolders = located.find(({ location }) => /[*?].*\//.test(location));
  const epochs = proposal.phases.length > 1 ? 'and the num_epoch of PHASES.md' : numEpoch(phases);
  return {
    files: [{ path: 'mixture.json', content: `{\n${listed.join(',\n')}\n}\n` }],
    usage: [
      `Pass dataset_type=grain grain_file_type=arrayrecord grain_train_mixture_config_path=mixture.json ${epochs}. The ` +
        'default of num_epoch is 1, and with too few epochs the run ends as soon as one data set does.',
      'Put mixture.json where every host finds it on its own file system: MaxText opens it as a plain file, not from a bucket.',
      ...(options.text('samples') === 'sequences'
        ? []
        : [
            'Pass use_truncation=False: by default MaxText cuts every document at max_target_length, and domains of ' +
              'long documents get fewer tokens than their share.',
          ]),
    ],
    ...(inFolders && {
      warnings: [
        `the pattern ${inFolders.location} has a wildcard in a folder: a MaxText that has get_expanded_file_paths expands the ` +
          'last part of a path alone, and finds no files',
      ],
    }),
  };
}

/**
 * The flag that lets every data set be read often enough: one epoch more than the run needs, because Grain's whole
 * proportions are off by up to a percent. num_epoch only limits, so more of it does no harm.
 */
export function numEpoch(phases: RunInPhases['phases']): string {
  const passes = [...epochsOfRun(phases).values()];
  return passes.length < phases[0]!.entries.length
    ? 'num_epoch=N, N above the passes over the most repeated data set'
    : `num_epoch=${Math.ceil(Math.max(...passes)) + 1}`;
}
