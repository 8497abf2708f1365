# Cuvée: data mixture for NeMo
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
paths = [
    "0.700000000000", "/data/web_text_document",
    "0.200000000000", "/data/code.v2_text_document",
    "0.099999900000", "/data/wiki-en_text_document",
    "0.000000100000", "/data/q_a_text_document",
]
split = "100,0,0"
