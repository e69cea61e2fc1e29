# The rule files of other platforms: read when a deployment is published, asked
# when it is served.
noinst_LIBRARIES += rules/librules.a
rules_librules_a_SOURCES = \
	rules/answer.c rules/ask.h \
	rules/compare.c rules/compare.h \
	rules/compile.c rules/compile.h \
	rules/condition.c \
	rules/crowd.c rules/crowd.h \
	rules/has.c rules/has.h \
	rules/header.c \
	rules/headers.c rules/headers.h \
	rules/index.c \
	rules/jsre.c rules/jsre.h \
	rules/known.c rules/known.h \
	rules/line.c rules/line.h \
	rules/match.c rules/match.h \
	rules/netlify.c rules/netlify.h \
	rules/odd.c \
	rules/parse.c \
	rules/pathre.c rules/pathre.h \
	rules/pattern.c \
	rules/redirect.c \
	rules/redirects.c rules/redirects.h \
	rules/regex.c rules/regex.h \
	rules/regexes.c \
	rules/rule.c rules/rule.h \
	rules/share.c rules/share.h \
	rules/stopwatch.c rules/stopwatch.h \
	rules/table.c rules/table.h \
	rules/template.c rules/template.h \
	rules/vercel.c rules/vercel.h
rules_librules_a_CPPFLAGS = $(AM_CPPFLAGS) $(PCRE2_CFLAGS)
