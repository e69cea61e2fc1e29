include builderd/cage.mk
include builderd/build.mk
