# Cuvée: data mixture for TinyLlama
# proposal: prp_golden, sha256:0123456789abcdef, proposed 2026-11-22T00:00:00.000Z
# unit: share of packed sequences of one length, which is the share of training tokens
# run: 10000000000 tokens
#   web: 54.55 % of the tokens, 0.1818 epochs
#   code.v2: 27.27 % of the tokens, 0.3409 epochs
#   wiki-en: 9.091 % of the tokens, 0.2273 epochs
#   1st-party: 9.091 % of the tokens, 0.3636 epochs
#   q_a: 0.00001 % of the tokens, 0.001 epochs
#   none: left out

train_data_config = [
    ("train_web_", 0.545454545454545),
    ("train_code.v2_", 0.272727272727273),
    ("train_wiki-en_", 0.090909090909091),
    ("train_1st-party_", 0.090908990909091),
    ("train_q_a_", 0.000000100000),
]
