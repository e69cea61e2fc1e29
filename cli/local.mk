include cli/slipwayctl/local.mk
