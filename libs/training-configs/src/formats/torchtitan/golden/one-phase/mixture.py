# Cuvée: data mixture for TorchTitan
# proposal: prp_golden, sha256:0123456789abcdef, proposed 2026-11-22T00:00:00.000Z
# unit: share of packed sequences of one length, which is the share of training tokens
# run: 10000000000 tokens
#   web: 54.55 % of the tokens, 0.1818 epochs
#   code.v2: 27.27 % of the tokens, 0.3409 epochs
#   wiki-en: 9.091 % of the tokens, 0.2273 epochs
#   1st-party: 9.091 % of the tokens, 0.3636 epochs
#   q_a: 0.00001 % of the tokens, 0.001 epochs
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
data_1st_party = documents("/data/1st-party/*.jsonl")
q_a = documents("/data/q_a/*.jsonl")

mixture = DatasetMixConfig(
    datasets=(
        WeightedDataset(dataset=ConcatThenSplitPackingConfig(dataset=web), weight=0.545454545454545),
        WeightedDataset(dataset=ConcatThenSplitPackingConfig(dataset=code_v2), weight=0.272727272727273),
        WeightedDataset(dataset=ConcatThenSplitPackingConfig(dataset=wiki_en), weight=0.090909090909091),
        WeightedDataset(dataset=ConcatThenSplitPackingConfig(dataset=data_1st_party), weight=0.090908990909091),
        WeightedDataset(dataset=ConcatThenSplitPackingConfig(dataset=q_a), weight=0.000000100000),
    ),
)
dataloader = GrainDataLoader.Config(dataset=mixture, seed=42)
