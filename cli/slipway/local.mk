# All but main() is a library, for the tests.
noinst_LIBRARIES += cli/slipway/libcli.a
cli_slipway_libcli_a_CPPFLAGS = $(AM_CPPFLAGS) $(GIT2_CFLAGS) $(CURL_CFLAGS)
cli_slipway_libcli_a_SOURCES = \
	cli/slipway/slipway.h \
	cli/slipway/api.c \
	cli/slipway/archive.c \
	cli/slipway/clean.c \
	cli/slipway/colour.c \
	cli/slipway/cmd-act.c \
	cli/slipway/cmd-alias.c \
	cli/slipway/cmd-deploy.c \
	cli/slipway/cmd-diff.c \
	cli/slipway/cmd-download.c \
	cli/slipway/cmd-env.c \
	cli/slipway/cmd-explain.c \
	cli/slipway/cmd-hook.c \
	cli/slipway/cmd-init.c \
	cli/slipway/cmd-link.c \
	cli/slipway/cmd-login.c \
	cli/slipway/cmd-logout.c \
	cli/slipway/cmd-logs.c \
	cli/slipway/cmd-ls.c \
	cli/slipway/cmd-open.c \
	cli/slipway/cmd-project.c \
	cli/slipway/cmd-protect.c \
	cli/slipway/cmd-rm.c \
	cli/slipway/cmd-rules.c \
	cli/slipway/cmd-source.c \
	cli/slipway/cmd-token.c \
	cli/slipway/cmd-usage.c \
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
	cli/slipway/out.c \
	cli/slipway/remote.c \
	cli/slipway/send.c \
	cli/slipway/session.c \
	cli/slipway/term.c \
	cli/slipway/untar.c \
	cli/slipway/upload.c \
	cli/slipway/walk.c

bin_PROGRAMS += cli/slipway/slipway
cli_slipway_slipway_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS)
cli_slipway_slipway_SOURCES = cli/slipway/main.c
cli_slipway_slipway_LDADD = $(slipway_libs)
slipway_libs = cli/slipway/libcli.a lib/libslipway.a \
	$(GIT2_LIBS) $(CURL_LIBS) $(DEPS_LIBS)
dist_man_MANS += cli/slipway/slipway.1

# Both shells load a completion by the name of the command.
bashcompdir = $(datadir)/bash-completion/completions
zshcompdir = $(datadir)/zsh/site-functions
nodist_bashcomp_DATA = cli/slipway/completion/slipway
nodist_zshcomp_DATA = cli/slipway/completion/_slipway
CLEANFILES += $(nodist_bashcomp_DATA) $(nodist_zshcomp_DATA)
cli/slipway/completion/slipway: cli/slipway/slipway$(EXEEXT)
	@$(MKDIR_P) cli/slipway/completion
	$(AM_V_GEN)cli/slipway/slipway completion bash >$@.tmp && mv $@.tmp $@
cli/slipway/completion/_slipway: cli/slipway/slipway$(EXEEXT)
	@$(MKDIR_P) cli/slipway/completion
	$(AM_V_GEN)cli/slipway/slipway completion zsh >$@.tmp && mv $@.tmp $@
