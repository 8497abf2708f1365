# Cuvée: data mixture for Hugging Face datasets
# proposal: prp_golden, sha256:0123456789abcdef, proposed 2026-11-22T00:00:00.000Z
# unit: share of the documents drawn: token shares divided by each domain's mean tokens per document
# run: 10000000000 tokens
#   web: 54.55 % of the tokens, 0.1818 epochs
#   code.v2: 27.27 % of the tokens, 0.3409 epochs
#   wiki-en: 9.091 % of the tokens, 0.2273 epochs
#   1st-party: 9.091 % of the tokens, 0.3636 epochs
#   q_a: 0.00001 % of the tokens, 0.001 epochs
#   none: left out
import json
from pathlib import Path

from datasets import interleave_datasets, load_dataset

MIXTURE = Path(__file__).with_name("mixture.json")


def load_mixture(path=MIXTURE):
    """The mixture of mixture.json: documents of its data sets, drawn with its probabilities."""
    mixture = json.loads(Path(path).read_text(encoding="utf-8"))
    sources = [load_dataset(streaming=mixture["streaming"], **source) for source in mixture["datasets"]]
    if mixture["columns"] is not None:
        sources = [source.select_columns(mixture["columns"]) for source in sources]
    return interleave_datasets(
        sources,
        probabilities=mixture["probabilities"],
        seed=mixture["seed"],
        stopping_strategy=mixture["stopping_strategy"],
    )


if __name__ == "__main__":
    for example in load_mixture().take(3):
        print(example)
