include cli/slipway/local.mk
include cli/slipwayctl/local.mk
