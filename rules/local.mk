# The rule files of other platforms: read when a deployment is published, asked
# when it is served.
noinst_LIBRARIES += rules/librules.a
rules_librules_a_SOURCES = \
	rules/regex.h rules/rule.c rules/rule.h
