# For systemd.  Whatever names a place is made here, since the prefix is only
# known to make.
units = init/slipway-api.service init/slipway-api.socket \
	init/slipway-serve.service init/slipway-serve.socket \
	init/slipway-builderd.service init/slipway-gc.service \
	init/slipway-fsck.service
unitdir = $(prefix)/lib/systemd/system
unit_DATA = $(units)
dist_unit_DATA = init/slipway-gc.timer init/slipway-fsck.timer
sysusersdir = $(prefix)/lib/sysusers.d
sysusers_DATA = init/slipway.sysusers.conf
tmpfilesdir = $(prefix)/lib/tmpfiles.d
tmpfiles_DATA = init/slipway.tmpfiles.conf
dist_pkgdata_DATA = init/slipway.conf

init_fill_in = $(AM_V_GEN)mkdir -p init && sed \
	-e 's,@sbindir[@],$(sbindir),g' -e 's,@runstatedir[@],$(runstatedir),g' \
	-e 's,@localstatedir[@],$(localstatedir),g'

init/slipway-api.service: init/slipway-api.service.in Makefile
	$(init_fill_in) $(srcdir)/init/slipway-api.service.in >$@
init/slipway-api.socket: init/slipway-api.socket.in Makefile
	$(init_fill_in) $(srcdir)/init/slipway-api.socket.in >$@
init/slipway-serve.service: init/slipway-serve.service.in Makefile
	$(init_fill_in) $(srcdir)/init/slipway-serve.service.in >$@
init/slipway-serve.socket: init/slipway-serve.socket.in Makefile
	$(init_fill_in) $(srcdir)/init/slipway-serve.socket.in >$@
init/slipway-builderd.service: init/slipway-builderd.service.in Makefile
	$(init_fill_in) $(srcdir)/init/slipway-builderd.service.in >$@
init/slipway-fsck.service: init/slipway-fsck.service.in Makefile
	$(init_fill_in) $(srcdir)/init/slipway-fsck.service.in >$@
init/slipway-gc.service: init/slipway-gc.service.in Makefile
	$(init_fill_in) $(srcdir)/init/slipway-gc.service.in >$@
init/slipway.tmpfiles.conf: init/slipway.tmpfiles.in Makefile
	$(init_fill_in) $(srcdir)/init/slipway.tmpfiles.in >$@
init/slipway.sysusers.conf: init/slipway.sysusers Makefile
	$(init_fill_in) $(srcdir)/init/slipway.sysusers >$@

EXTRA_DIST += init/slipway-api.service.in init/slipway-api.socket.in \
	init/slipway-serve.service.in init/slipway-serve.socket.in \
	init/slipway-builderd.service.in init/slipway-gc.service.in \
	init/slipway-fsck.service.in \
	init/slipway.tmpfiles.in \
	init/slipway.sysusers
CLEANFILES += $(units) init/slipway.tmpfiles.conf init/slipway.sysusers.conf

# The names that systemd looks for.
install-data-hook:
	cd $(DESTDIR)$(sysusersdir) && mv slipway.sysusers.conf slipway.conf
	cd $(DESTDIR)$(tmpfilesdir) && mv slipway.tmpfiles.conf slipway.conf
uninstall-hook:
	rm -f $(DESTDIR)$(sysusersdir)/slipway.conf
	rm -f $(DESTDIR)$(tmpfilesdir)/slipway.conf
