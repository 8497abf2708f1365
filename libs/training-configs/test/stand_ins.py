"""Runs an exported Python module against stand-ins for the libraries it imports, and prints what it hands to them.

    python3 stand_ins.py FORMAT FILE

The stand-ins take the parameters of the originals and refuse what those refuse (the sources are named in the readers of
the formats); they load nothing. Printed as JSON: sources, each with its location and weight, and what else matters.
"""

import importlib.util
import json
import sys
import types
from dataclasses import dataclass
from typing import Any, Callable


def provide(name, **members):
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:end]), types.ModuleType(parts[end - 1]))
    sys.modules[name].__dict__.update(members)


@dataclass(frozen=True, kw_only=True)
class SingleDatasetConfig:
    source: Any
    pre_filters: tuple = ()
    processor: Any = None
    post_filters: tuple = ()


@dataclass(frozen=True, kw_only=True)
class WeightedDataset:
    dataset: Any
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class DatasetMixConfig:
    datasets: tuple

    def __post_init__(self):
        if not self.datasets or any(not 0 < item.weight < float("inf") for item in self.datasets):
            raise ValueError("DatasetMixConfig requires finite, positive-weight datasets")


@dataclass(frozen=True, kw_only=True)
class ConcatThenSplitPackingConfig:
    dataset: Any


class IndexedJsonlSource:
    @dataclass(kw_only=True)
    class Config:
        patterns: tuple


class TextProcessor:
    @dataclass(kw_only=True)
    class Config:
        text_fn: Callable


class GrainDataLoader:
    @dataclass(kw_only=True)
    class Config:
        dataset: Any
        seed: int = 42


class Stream:
    def __init__(self, *, remote=None, local=None, split=None, proportion=None, repeat=None, choose=None):
        if not (remote or local):
            raise ValueError("`remote` and/or `local` path must be provided")
        if sum(weight is not None for weight in (proportion, repeat, choose)) > 1:
            raise ValueError("At most one of `proportion`, `repeat`, and `choose` may be specified")
        self.remote, self.local, self.split, self.proportion, self.repeat = remote, local, split, proportion, repeat


class TokensLoader:
    def __init__(self, block_size):
        self.block_size = block_size


class StreamingDataset:
    def __init__(self, input_dir, item_loader=None, shuffle=False, drop_last=None):
        self.input_dir, self.item_loader, self.shuffle, self.drop_last = input_dir, item_loader, shuffle, drop_last


class CombinedStreamingDataset:
    def __init__(self, datasets, seed=42, weights=None, iterate_over_all=True):
        if any(not isinstance(dataset, StreamingDataset) for dataset in datasets):
            raise RuntimeError("The provided datasets should be instances of the StreamingDataset.")
        if iterate_over_all and weights:
            raise ValueError("When `iterate_over_all` is set to True, the weights argument shouldn't be provided.")
        self.datasets, self.seed, self.weights = datasets, seed, weights


class StreamingDataLoader:
    def __init__(self, dataset, batch_size, pin_memory, num_workers, drop_last):
        self.dataset, self.batch_size, self.num_workers = dataset, batch_size, num_workers


def torchtitan(module):
    loader = module.dataloader
    packed_after = isinstance(loader.dataset, ConcatThenSplitPackingConfig)
    mixture = loader.dataset.dataset if packed_after else loader.dataset
    sources, packed = [], []
    for item in mixture.datasets:
        packed.append(isinstance(item.dataset, ConcatThenSplitPackingConfig))
        single = item.dataset.dataset if packed[-1] else item.dataset
        (pattern,) = single.source.patterns
        assert single.processor.text_fn({"text": "as it stands"}) == "as it stands"
        assert single.post_filters[0](None) is False
        sources.append([pattern, item.weight])
    return {"sources": sources, "seed": loader.seed, "packed": packed, "packedAfter": packed_after}


def litgpt(module):
    data = module.MixtureData()
    data.connect(tokenizer=None, batch_size=4, max_seq_length=2048)
    loader = data.train_dataloader()
    validation = data.val_dataloader()
    mixture = loader.dataset
    folders = [stream.input_dir for stream in mixture.datasets]
    assert all(stream.item_loader.block_size == 2049 for stream in mixture.datasets)
    sources = [list(pair) for pair in zip(folders, mixture.weights, strict=True)]
    return {"sources": sources, "seed": mixture.seed, "batchSize": loader.batch_size, "valid": validation.dataset.input_dir}


def streaming(module):
    folders = [stream.local for stream in module.streams]
    assert len(set(folders)) == len(folders), "Reused local directory"
    relative = [stream.proportion is not None for stream in module.streams]
    assert all(relative) or not any(relative)
    sources = [
        [stream.remote or stream.local, stream.repeat if stream.proportion is None else stream.proportion]
        for stream in module.streams
    ]
    return {"sources": sources, "split": module.streams[0].split, "epochSize": getattr(module, "epoch_size", None)}


def tinyllama(module):
    return {"sources": [[prefix, weight] for prefix, weight in module.train_data_config]}


if __name__ == "__main__":
    provide(
        "torchtitan.components.data",
        SingleDatasetConfig=SingleDatasetConfig,
        WeightedDataset=WeightedDataset,
        DatasetMixConfig=DatasetMixConfig,
        ConcatThenSplitPackingConfig=ConcatThenSplitPackingConfig,
        IndexedJsonlSource=IndexedJsonlSource,
        GrainDataLoader=GrainDataLoader,
    )
    provide("torchtitan.hf_datasets.text_datasets", TextProcessor=TextProcessor)
    provide("streaming", Stream=Stream)
    provide("torch.utils.data", DataLoader=object)
    provide("litgpt.data", DataModule=type("DataModule", (), {}))
    provide("litgpt.tokenizer", Tokenizer=object)
    provide(
        "litdata.streaming",
        TokensLoader=TokensLoader,
        StreamingDataset=StreamingDataset,
        CombinedStreamingDataset=CombinedStreamingDataset,
        StreamingDataLoader=StreamingDataLoader,
    )
    name, path = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("exported", path)
    exported = importlib.util.module_from_spec(spec)
    sys.modules["exported"] = exported
    spec.loader.exec_module(exported)
    readers = {"torchtitan": torchtitan, "litgpt": litgpt, "tinyllama": tinyllama, "streaming": streaming}
    print(json.dumps(readers[name](exported)))
