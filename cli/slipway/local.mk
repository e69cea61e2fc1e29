bin_PROGRAMS += cli/slipway/slipway
cli_slipway_slipway_CPPFLAGS = $(AM_CPPFLAGS) $(GIT2_CFLAGS) $(CURL_CFLAGS)
cli_slipway_slipway_SOURCES = $(slipway_sources) cli/slipway/main.c
cli_slipway_slipway_LDADD = lib/libslipway.a \
	$(GIT2_LIBS) $(CURL_LIBS) $(DEPS_LIBS)
slipway_sources = \
	cli/slipway/slipway.h \
	cli/slipway/api.c \
	cli/slipway/clean.c \
	cli/slipway/cmd-act.c \
	cli/slipway/cmd-alias.c \
	cli/slipway/cmd-deploy.c \
	cli/slipway/cmd-env.c \
	cli/slipway/cmd-init.c \
	cli/slipway/cmd-link.c \
	cli/slipway/cmd-login.c \
	cli/slipway/cmd-logout.c \
	cli/slipway/cmd-logs.c \
	cli/slipway/cmd-ls.c \
	cli/slipway/cmd-open.c \
	cli/slipway/cmd-project.c \
	cli/slipway/cmd-token.c \
	cli/slipway/cmd-whoami.c \
	cli/slipway/command.c \
	cli/slipway/completion.c \
	cli/slipway/creds.c \
	cli/slipway/deployment.c \
	cli/slipway/field.c \
	cli/slipway/flag.c \
	cli/slipway/folder.c \
	cli/slipway/help.c \
	cli/slipway/http.c \
	cli/slipway/ignore.c \
	cli/slipway/out.c \
	cli/slipway/remote.c \
	cli/slipway/send.c \
	cli/slipway/session.c \
	cli/slipway/term.c \
	cli/slipway/upload.c \
	cli/slipway/walk.c
