sbin_PROGRAMS += cli/slipwayctl/slipwayctl
cli_slipwayctl_slipwayctl_SOURCES = \
	cli/slipwayctl/blobs.c cli/slipwayctl/blobs.h \
	cli/slipwayctl/check-build.c cli/slipwayctl/check-files.c \
	cli/slipwayctl/check-servers.c \
	cli/slipwayctl/child.c cli/slipwayctl/child.h \
	cli/slipwayctl/ctl.h \
	cli/slipwayctl/disk.c \
	cli/slipwayctl/doctor.c cli/slipwayctl/doctor.h \
	cli/slipwayctl/fsck.c \
	cli/slipwayctl/gc.c \
	cli/slipwayctl/image.c cli/slipwayctl/image.h \
	cli/slipwayctl/keyfile.c cli/slipwayctl/keyfile.h \
	cli/slipwayctl/keys.c \
	cli/slipwayctl/layers.c \
	cli/slipwayctl/main.c \
	cli/slipwayctl/marks.c cli/slipwayctl/marks.h \
	cli/slipwayctl/migrate.c \
	cli/slipwayctl/needs.c cli/slipwayctl/needs.h \
	cli/slipwayctl/own.c \
	cli/slipwayctl/owner.c cli/slipwayctl/owner.h \
	cli/slipwayctl/pack.c \
	cli/slipwayctl/queue.c \
	cli/slipwayctl/query.c cli/slipwayctl/query.h \
	cli/slipwayctl/remains.c cli/slipwayctl/remains.h \
	cli/slipwayctl/rounds.c cli/slipwayctl/rounds.h \
	cli/slipwayctl/schema.c cli/slipwayctl/schema.h \
	cli/slipwayctl/subtract.c cli/slipwayctl/subtract.h \
	cli/slipwayctl/tally.c cli/slipwayctl/tally.h \
	cli/slipwayctl/tarball.c cli/slipwayctl/tarball.h \
	cli/slipwayctl/unpack.c cli/slipwayctl/unpack.h \
	cli/slipwayctl/user.c builderd/compress.c
cli_slipwayctl_slipwayctl_LDADD = $(LDADD) $(COMPRESS_LIBS) $(ARGON2_LIBS)
dist_man_MANS += cli/slipwayctl/slipwayctl.8
