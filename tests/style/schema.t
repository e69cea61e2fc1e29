#!/bin/sh
# The schema is an interface: psql's \d+ explains everything in it, and every
# table of tenants is behind row level security.
. "${srcdir:-.}/tests/e2e/lib.sh"
plan 15
start postgres

is "$(db "SELECT string_agg(c.oid::regclass::text, ' ') FROM pg_class c
  WHERE c.relnamespace IN ('public'::regnamespace, 'admin'::regnamespace, 'job'::regnamespace)
    AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i'
        AND c.relkind = 'S')
    AND obj_description(c.oid, 'pg_class') IS NULL")" '' 'every table, view and sequence has a comment'
is "$(db "SELECT string_agg(c.oid::regclass || '.' || a.attname, ' ')
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND a.attnum > 0 AND NOT a.attisdropped
    AND col_description(c.oid, a.attnum) IS NULL")" '' 'and every column'
is "$(db "SELECT string_agg(p.oid::regprocedure::text, ' ') FROM pg_proc p
  WHERE p.pronamespace IN ('public'::regnamespace, 'admin'::regnamespace, 'job'::regnamespace)
    AND obj_description(p.oid, 'pg_proc') IS NULL")" '' 'and every function'
is "$(db "SELECT string_agg(c.oid::regclass::text, ' ')
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'team_id'
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND NOT c.relrowsecurity")" '' 'what has a team has row level security'
is "$(db "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolname LIKE 'slipway%'
  AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)")" '' \
    'no program has a privileged role'
is "$(db "SELECT string_agg(c.oid::regclass::text, ' ') FROM pg_class c JOIN pg_roles r
  ON r.oid = c.relowner WHERE r.rolname LIKE 'slipway%'")" '' 'or owns anything'
is "$(db "SELECT string_agg(p.oid::regprocedure::text, ' ') FROM pg_proc p
  WHERE p.pronamespace IN ('public'::regnamespace, 'admin'::regnamespace, 'job'::regnamespace)
    AND has_function_privilege('public', p.oid, 'EXECUTE')
    AND p.prorettype <> 'trigger'::regtype
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')")" '' \
    'no function is for everybody'
is "$(db "SELECT string_agg(p.oid::regprocedure::text, ' ') FROM pg_proc p
  WHERE p.pronamespace IN ('public'::regnamespace, 'job'::regnamespace) AND p.prosecdef
    AND NOT coalesce(array_to_string(p.proconfig, ' '), '') LIKE '%search_path=%'")" '' \
    'what raises privileges pins its search path'
# A row that goes is looked for in all that refer to it.
is "$(db "SELECT string_agg(c.conrelid::regclass || ' ' || pg_get_constraintdef(c.oid), '; ')
  FROM pg_constraint c WHERE c.contype = 'f'
    AND c.confrelid IN ('projects'::regclass, 'deployments'::regclass, 'uploads'::regclass)
    AND NOT EXISTS (SELECT FROM pg_index i
      WHERE i.indrelid = c.conrelid AND i.indkey[0] = ANY (c.conkey))")" '' \
    'what goes with projects, deployments and uploads is found by an index'
# plan SETTING STATEMENT: of what can be large.
plan_of() {
	db "SET $1 = off; EXPLAIN (COSTS OFF) $2"
}
like "$(plan_of enable_seqscan "SELECT * FROM admin.usage WHERE id = 'team_x'")" \
    'Index.* deployments_kept' 'so is what a team keeps'
like "$(plan_of enable_seqscan "SELECT * FROM admin.queue")" 'Index.* deployments_open' \
    'and what is not finished'
kept=$(plan_of enable_nestloop 'SELECT * FROM kept')
unlike "$kept" 'Nested Loop' 'what projects keep is not compared with all there are'
like "$kept" 'Hash Cond: .*project_id' 'but found'
is "$(cd "$srcdir" && for f in schema/*.sql; do grep -q "$f" schema/local.mk || echo "$f"; done)" '' \
    'every file of it is installed'
is "$(cd "$srcdir/schema" && printf '%s\n' *.sql | cut -d- -f1 | sort | uniq -d)" '' \
    'and no number is given twice'
