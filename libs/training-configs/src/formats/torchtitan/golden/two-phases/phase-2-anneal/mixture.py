# Cuvée: data mixture for TorchTitan
# proposal: prp_golden, sha256:0123456789abcdef, proposed 2026-11-22T00:00:00.000Z
# unit: share of packed sequences of one length, which is the share of training tokens
# run: 10000000000 tokens
# phase anneal, after 90 % of the tokens:
#   web: 33.33 % of the tokens, 0.01111 epochs
#   code.v2: 33.33 % of the tokens, 0.04167 epochs
#   1st-party: 33.33 % of the tokens, 0.1333 epochs
#   wiki-en: left out
#   q_a: left out
#   none: left out

from torchtitan.components.data import (
    ConcatThenSplitPackingConfig,
    DatasetMixConfig,
    GrainDataLoader,
    IndexedJsonlSource,
    SingleDatasetConfig,
    WeightedDataset,
)
from torchtitan.hf_datasets.text_datasets import TextProcessor


def document_text(row):
    return row["text"]


def documents(pattern):
    return SingleDatasetConfig(
        source=IndexedJsonlSource.Config(patterns=(pattern,)),
        processor=TextProcessor.Config(text_fn=document_text),
        post_filters=(lambda sample: sample is not None,),
    )


web = documents("/data/web/*.jsonl")
code_v2 = documents("/data/code.v2/*.jsonl")
data_1st_party = documents("/data/1st-party/*.jsonl")

mixture = DatasetMixConfig(
    datasets=(
        WeightedDataset(dataset=ConcatThenSplitPackingConfig(dataset=web), weight=0.333333333333334),
        WeightedDataset(dataset=ConcatThenSplitPackingConfig(dataset=code_v2), weight=0.333333333333333),
        WeightedDataset(dataset=ConcatThenSplitPackingConfig(dataset=data_1st_party), weight=0.333333333333333),
    ),
)
dataloader = GrainDataLoader.Config(dataset=mixture, seed=42)
