schemadir = $(datadir)/slipway/schema
dist_schema_DATA = \
	schema/0001-roles.sql \
	schema/0002-accounts.sql \
	schema/0003-projects.sql \
	schema/0004-security.sql \
	schema/0005-queue.sql \
	schema/0006-serve.sql \
	schema/0007-admin.sql \
	schema/0008-logs.sql \
	schema/0009-settings.sql \
	schema/0010-queue.sql \
	schema/0011-sources.sql \
	schema/0012-logs.sql \
	schema/0013-leases.sql \
	schema/0014-outbox.sql \
	schema/0015-colours.sql \
	schema/0016-hosts.sql \
	schema/0017-life.sql \
	schema/0018-explain.sql \
	schema/0019-retention.sql \
	schema/0020-collection.sql \
	schema/0021-scopes.sql \
	schema/0022-outbox.sql \
	schema/0023-quota.sql \
	schema/0024-usage.sql \
	schema/0025-integrity.sql \
	schema/0026-quota.sql \
	schema/0027-guards.sql \
	schema/0028-job.sql \
	schema/0029-teams.sql \
	schema/0030-many.sql \
	schema/0031-log.sql \
	schema/0032-waiting.sql \
	schema/0033-limits.sql \
	schema/0034-waiting.sql \
	schema/0035-turns.sql \
	schema/0036-outbox.sql
