tests_c += tests/cli/clean-t tests/cli/flag-t \
	tests/cli/remote-t tests/cli/send-t tests/cli/subtract-t
tests_sh += tests/cli/account.t tests/cli/completion.t tests/cli/deploy.t tests/cli/download.t \
	tests/cli/offline.t tests/cli/terminal.t tests/cli/upload.t
EXTRA_DIST += tests/cli/away.py tests/cli/lib.sh
tests_cli_clean_t_SOURCES = tests/cli/clean-t.c
tests_cli_clean_t_LDADD = $(slipway_libs)
tests_cli_flag_t_SOURCES = tests/cli/flag-t.c
tests_cli_flag_t_LDADD = $(slipway_libs)
tests_cli_remote_t_SOURCES = tests/cli/remote-t.c
tests_cli_remote_t_LDADD = $(slipway_libs)
tests_cli_send_t_SOURCES = tests/cli/send-t.c
tests_cli_send_t_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS)
tests_cli_send_t_LDADD = $(slipway_libs)
tests_cli_subtract_t_SOURCES = tests/cli/subtract-t.c
tests_c += tests/cli/rounds-t
tests_cli_rounds_t_SOURCES = tests/cli/rounds-t.c cli/slipwayctl/rounds.c \
	cli/slipwayctl/rounds.h cli/slipwayctl/query.c
