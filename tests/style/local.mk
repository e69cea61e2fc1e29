# How the tree reads.
tests_sh += tests/style/bounded.t tests/style/builderd.t tests/style/conf.t tests/style/format.t tests/style/front.t tests/style/manual.t \
	tests/style/schema.t tests/style/slipway-man.t tests/style/slipwayctl.t tests/style/source.t tests/style/symbols.t \
	tests/style/units.t tests/style/vercel-man.t
EXTRA_DIST += tests/style/lib.sh
