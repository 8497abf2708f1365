# Cuvée: data mixture for TorchTitan
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
wiki_en = documents("/data/wiki-en/*.jsonl")
q_a = documents("/data/q_a/*.jsonl")

mixture = DatasetMixConfig(
    datasets=(
        WeightedDataset(dataset=ConcatThenSplitPackingConfig(dataset=web), weight=0.700000000000),
        WeightedDataset(dataset=ConcatThenSplitPackingConfig(dataset=code_v2), weight=0.200000000000),
        WeightedDataset(dataset=ConcatThenSplitPackingConfig(dataset=wiki_en), weight=0.099999900000),
        WeightedDataset(dataset=ConcatThenSplitPackingConfig(dataset=q_a), weight=0.000000100000),
    ),
)
dataloader = GrainDataLoader.Config(dataset=mixture, seed=42)
