include builderd/cage.mk
