# Cuvée: data mixture for TinyLlama
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

train_data_config = [
    ("train_web_", 0.333333333333334),
    ("train_code.v2_", 0.333333333333333),
    ("train_1st-party_", 0.333333333333333),
]
