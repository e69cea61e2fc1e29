# The rule files of other platforms: read when a deployment is published, asked
# when it is served.
noinst_LIBRARIES += rules/librules.a
rules_librules_a_SOURCES = \
	rules/answer.c rules/ask.h \
	rules/compare.h \
	rules/compile.c rules/compile.h \
	rules/condition.c \
	rules/index.c \
	rules/match.c rules/match.h \
	rules/parse.c \
	rules/pattern.c \
	rules/regex.h \
	rules/rule.c rules/rule.h \
	rules/table.c rules/table.h
