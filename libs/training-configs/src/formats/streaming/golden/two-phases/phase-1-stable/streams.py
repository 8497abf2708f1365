# Cuvée: data mixture for MosaicML Streaming
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
from streaming import Stream

streams = [
    Stream(remote="s3://bucket/web", local="/tmp/mds/web", proportion=0.700000000000),
    Stream(remote="s3://bucket/code.v2", local="/tmp/mds/code.v2", proportion=0.200000000000),
    Stream(remote="s3://bucket/wiki-en", local="/tmp/mds/wiki-en", proportion=0.099999900000),
    Stream(remote="s3://bucket/q_a", local="/tmp/mds/q_a", proportion=0.000000100000),
]

epoch_size = 4394532
