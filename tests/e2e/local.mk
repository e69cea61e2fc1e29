# End to end: real servers, each test with its own (lib.sh).
check_PROGRAMS += tests/e2e/daemon
tests_e2e_daemon_SOURCES = tests/e2e/daemon.c
tests_e2e_daemon_LDADD =
# The slowest first, so that the rest runs beside them.
tests_sh += \
	tests/e2e/life.t tests/e2e/rules.t tests/e2e/rules-files.t tests/e2e/rules-four.t tests/e2e/rules-vercel.t \
	tests/e2e/retention.t \
	tests/e2e/damage.t tests/e2e/quota.t tests/e2e/usage.t \
	tests/e2e/fsck.t \
	tests/e2e/kill-builderd.t \
	tests/e2e/kill.t \
	tests/e2e/layers.t \
	tests/e2e/lease.t \
	tests/e2e/alias.t \
	tests/e2e/attack.t tests/e2e/away.t \
	tests/e2e/bad-build.t \
	tests/e2e/bad-input.t \
	tests/e2e/cache.t \
	tests/e2e/cancel.t \
	tests/e2e/chores.t \
	tests/e2e/cli.t \
	tests/e2e/conditions.t \
	tests/e2e/content.t \
	tests/e2e/disk.t \
	tests/e2e/doctor.t \
	tests/e2e/downloads.t \
	tests/e2e/env.t \
	tests/e2e/explain.t \
	tests/e2e/full.t tests/e2e/gc.t \
	tests/e2e/guard.t \
	tests/e2e/hooks.t \
	tests/e2e/hosts.t \
	tests/e2e/jail.t \
	tests/e2e/job.t \
	tests/e2e/known.t \
	tests/e2e/lib.t \
	tests/e2e/logs.t \
	tests/e2e/main-lighttpd.t \
	tests/e2e/main.t \
	tests/e2e/network.t \
	tests/e2e/network-modes.t \
	tests/e2e/odd-names.t \
	tests/e2e/outage.t \
	tests/e2e/peer.t \
	tests/e2e/probes.t \
	tests/e2e/protect.t \
	tests/e2e/proxy.t tests/e2e/proxy-bad.t \
	tests/e2e/queue.t \
	tests/e2e/reload.t \
	tests/e2e/rls.t \
	tests/e2e/settings.t \
	tests/e2e/share.t tests/e2e/skew.t \
	tests/e2e/slipwayctl.t \
	tests/e2e/ssh.t tests/e2e/private.t \
	tests/e2e/sources.t \
	tests/e2e/tenancy.t \
	tests/e2e/tokens.t \
	tests/e2e/upload.t \
	tests/e2e/stacks.t tests/e2e/vite.t tests/e2e/workspace.t \
	tests/e2e/yarn.t
EXTRA_DIST += \
	tests/e2e/attack.py tests/e2e/attack-api.py tests/e2e/backend.py tests/e2e/resolver.py \
	tests/e2e/conditions.py \
	tests/e2e/conditions.table \
	tests/e2e/activate.pl \
	tests/e2e/explain.py \
	tests/e2e/git.sh \
	tests/e2e/jail.pl \
	tests/e2e/kill.sh \
	tests/e2e/lib.sh \
	tests/e2e/main.sh \
	tests/e2e/odd-names.py \
	tests/e2e/template.sh \
	tests/e2e/uris.table \
	tests/e2e/waiting.py \
	tests/e2e/web.sh
