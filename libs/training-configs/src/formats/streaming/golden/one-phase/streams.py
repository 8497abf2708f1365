# Cuvée: data mixture for MosaicML Streaming
# proposal: prp_golden, sha256:0123456789abcdef, proposed 2026-11-22T00:00:00.000Z
# unit: share of packed sequences of one length, which is the share of training tokens
# run: 10000000000 tokens
#   web: 54.55 % of the tokens, 0.1818 epochs
#   code.v2: 27.27 % of the tokens, 0.3409 epochs
#   wiki-en: 9.091 % of the tokens, 0.2273 epochs
#   1st-party: 9.091 % of the tokens, 0.3636 epochs
#   q_a: 0.00001 % of the tokens, 0.001 epochs
#   none: left out
from streaming import Stream

streams = [
    Stream(remote="s3://bucket/web", local="/tmp/mds/web", proportion=0.545454545454545),
    Stream(remote="s3://bucket/code.v2", local="/tmp/mds/code.v2", proportion=0.272727272727273),
    Stream(remote="s3://bucket/wiki-en", local="/tmp/mds/wiki-en", proportion=0.090909090909091),
    Stream(remote="s3://bucket/1st-party", local="/tmp/mds/1st-party", proportion=0.090908990909091),
    Stream(remote="s3://bucket/q_a", local="/tmp/mds/q_a", proportion=0.000000100000),
]

epoch_size = 4882813
