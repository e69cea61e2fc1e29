# What the administrator includes, after filling in the words between at-signs,
# and a drop-in for systemd.
httpdconfdir = $(pkgdatadir)/httpd-conf
dist_httpdconf_DATA = httpd-conf/nginx.conf.in httpd-conf/lighttpd.conf.in \
	httpd-conf/first.conf
