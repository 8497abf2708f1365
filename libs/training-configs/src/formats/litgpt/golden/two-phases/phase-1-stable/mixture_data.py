# Cuvée: data mixture for LitGPT
# proposal: prp_golden, sha256:0123456789abcdef, proposed 2026-11-22T00:00:00.000Z
# unit: share of packed sequences of one length, which is the share of training tokens
# run: 10000000000 tokens
# phase stable, after 0 % of the tokens:
#   web: 70 % of the tokens, 0.21 epochs
#   code.v2: 20 % of the tokens, 0.225 epochs
#   wiki-en: 10 % of the tokens, 0.225 epochs
#   q_a: 0.00001 % of the tokens, 0.0009 epochs
#   1st-party: left out
#   none: left out

from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional, Union

from torch.utils.data import DataLoader

from litgpt.data import DataModule
from litgpt.tokenizer import Tokenizer


@dataclass
class MixtureData(DataModule):
    """A mixture of folders of tokens that LitData prepared."""

    val_path: Union[str, Path] = "/data/validation"
    """The folder of the validation data."""
    seed: int = 42
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
            self.stream("/data/web"),
            self.stream("/data/code.v2"),
            self.stream("/data/wiki-en"),
            self.stream("/data/q_a"),
        ]
        weights = [
            0.700000000000,
            0.200000000000,
            0.099999900000,
            0.000000100000,
        ]
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
