sbin_PROGRAMS += cli/slipwayctl/slipwayctl
cli_slipwayctl_slipwayctl_SOURCES = \
	cli/slipwayctl/ctl.h \
	cli/slipwayctl/keyfile.c cli/slipwayctl/keyfile.h \
	cli/slipwayctl/keys.c \
	cli/slipwayctl/main.c \
	cli/slipwayctl/migrate.c \
	cli/slipwayctl/query.c cli/slipwayctl/query.h \
	cli/slipwayctl/schema.c cli/slipwayctl/schema.h \
	cli/slipwayctl/user.c
cli_slipwayctl_slipwayctl_LDADD = $(LDADD) $(ARGON2_LIBS)
dist_man_MANS += cli/slipwayctl/slipwayctl.8
