# Cuvée: data mixture for TinyLlama
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

train_data_config = [
    ("train_web_", 0.700000000000),
    ("train_code.v2_", 0.200000000000),
    ("train_wiki-en_", 0.099999900000),
    ("train_q_a_", 0.000000100000),
]
