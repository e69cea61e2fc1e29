noinst_LIBRARIES += lib/libslipway.a
lib_libslipway_a_SOURCES = \
	lib/addr.c lib/addr.h \
	lib/arena.c lib/arena.h \
	lib/bell.c lib/bell.h \
	lib/conf.c lib/conf.h \
	lib/daemon.c lib/daemon.h \
	lib/db.c lib/db.h \
	lib/giturl.c lib/giturl.h \
	lib/inject.h \
	lib/json.c lib/json.h \
	lib/key.c lib/key.h \
	lib/log.c lib/log.h \
	lib/manifest.c lib/manifest.h \
	lib/mime.c lib/mime.h \
	lib/password.c lib/password.h \
	lib/prefork.c lib/prefork.h \
	lib/priv.c lib/priv.h \
	lib/rc.c lib/rc.h \
	lib/ready.c lib/ready.h \
	lib/seal.c lib/seal.h \
	lib/rootfs.c lib/rootfs.h \
	lib/signals.c lib/signals.h \
	lib/sshkey.c lib/sshkey.h \
	lib/store.c lib/store.h \
	lib/toml.c lib/toml.h \
	lib/toml-scan.h lib/toml-value.c \
	lib/valid.c lib/valid.h
