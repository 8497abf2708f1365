# Cuvée: data mixture for NeMo
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
paths = [
    "0.333333333333334", "/data/web_text_document",
    "0.333333333333333", "/data/code.v2_text_document",
    "0.333333333333333", "/data/1st-party_text_document",
]
split = "100,0,0"
