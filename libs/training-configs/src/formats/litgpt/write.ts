import { assertLegal, type LocationRule } from '../../export/locations.js';
import type { ExportPlan, Written } from '../../format.js';
import { commented } from '../../writing/comments.js';
import { pythonString } from '../../writing/python.js';

export const streamFolder: LocationRule = {
  registeredAs: ['litgpt', 'litdata'],
  example: '/data/{domain}',
  what: 'the folder',
  problem: (folder) => (/\{%.*\}$/.test(folder) ? 'ends in {%…}, which LitData replaces by the time' : null),
};

const MODULE = 'mixture_data';
const CLASS = 'MixtureData';

/**
 * A data module of the shape of litgpt/data/tinyllama.py (Lightning-AI/litgpt 76cc4e6). LitGPT validates before the first
 * step, so it cannot do without a folder for that: the option names one, or every launch does.
 */
export function writeLitGpt({ phases, options, header }: ExportPlan): Written {
  const { entries } = phases[0]!;
  const valid = options.text('valid');
  if (valid !== undefined) assertLegal(valid, 'the folder of the option valid', 'valid', streamFolder);
  const rows = (texts: readonly string[]) => texts.map((text) => `            ${text},\n`).join('');
  const content = `${commented(header)}
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional, Union

from torch.utils.data import DataLoader

from litgpt.data import DataModule
from litgpt.tokenizer import Tokenizer


@dataclass
class ${CLASS}(DataModule):
    """A mixture of folders of tokens that LitData prepared."""

    val_path: Union[str, Path]${valid === undefined ? '' : ` = ${pythonString(valid)}`}
    """The folder of the validation data."""
    seed: int = ${options.number('seed')}
    """The seed of the draws between the folders."""
    num_workers: int = 8
    """How many processes load data on each device."""

    batch_size: int = field(init=False, repr=False, default=1)
    seq_length: int = field(init=False, repr=False, default=2048)

    def __post_init__(self) -> None:
        super().__init__()

    def connect(
        self, tokenizer: Optional[Tokenizer] = None, batch_size: int = 1, max_seq_length: Optional[int] = None
    ) -> None:
        self.batch_size = batch_size
        self.seq_length = max_seq_length + 1  # the last token is only predicted

    def stream(self, input_dir: Union[str, Path], drop_last: bool = True):
        from litdata.streaming import StreamingDataset, TokensLoader

        item_loader = TokensLoader(block_size=self.seq_length)
        return StreamingDataset(input_dir=str(input_dir), item_loader=item_loader, shuffle=True, drop_last=drop_last)

    def train_dataloader(self) -> DataLoader:
        from litdata.streaming import CombinedStreamingDataset, StreamingDataLoader

        train_datasets = [
${rows(entries.map(({ key }) => `self.stream(${pythonString(key)})`))}        ]
        weights = [
${rows(entries.map(({ text }) => text))}        ]
        train_data = CombinedStreamingDataset(
            datasets=train_datasets, seed=self.seed, weights=weights, iterate_over_all=False
        )
        return StreamingDataLoader(
            train_data, batch_size=self.batch_size, pin_memory=True, num_workers=self.num_workers, drop_last=True
        )

    def val_dataloader(self) -> DataLoader:
        from litdata.streaming import StreamingDataLoader

        return StreamingDataLoader(
            self.stream(self.val_path, drop_last=False),
            batch_size=self.batch_size,
            pin_memory=True,
            num_workers=self.num_workers,
            drop_last=True,
        )
`;
  const given = valid === undefined ? ' --data.val_path FOLDER' : '';
  return {
    files: [{ path: `${MODULE}.py`, content }],
    usage: [
      `Run litgpt pretrain where ${MODULE}.py lies, with PYTHONPATH=. and --data ${MODULE}.${CLASS}${given}.`,
      'A pass ends when the first of the folders is used up, and LitGPT begins the next: with --train.max_tokens the run is ' +
        'as long as it should be, however short a folder is.',
    ],
  };
}
