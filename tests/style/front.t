#!/bin/sh
# Of the headers that a site may set, the front server loses those that it
# neither keeps by itself nor is told to set again: site/decorate.c has the
# others.
. "${srcdir:-.}/tests/style/lib.sh"

sed -n '/^static const char \*const kept\[\] = {/,/};/p' site/decorate.c | grep -o '"[^"]*"' |
    tr -d '"' | sort >"$scratch/code"
{
	# What ngx_http_fastcgi_module leaves of an answer with X-Accel-Redirect.
	printf '%s\n' Cache-Control Content-Disposition Content-Type Expires Set-Cookie \
	    Content-Language
	sed -n '/location \/.slipway-blobs\/ {/,/^	}/s/.*add_header \([A-Za-z-]*\) .*/\1/p' \
	    httpd-conf/nginx.conf.in | grep -Evx 'ETag|Last-Modified|Vary|Accept-Ranges|Content-Encoding|X-Robots-Tag'
} | sort >"$scratch/front"
same "$scratch/code" "$scratch/front" 'headers that survive X-Accel-Redirect'
finish
