# What the administrator includes, after filling in the words between at-signs.
httpdconfdir = $(pkgdatadir)/httpd-conf
dist_httpdconf_DATA = httpd-conf/nginx.conf.in httpd-conf/lighttpd.conf.in
