-- What a hook hears of one deployment, it hears in order: a notice waits until
-- those before it were delivered or given up.

CREATE INDEX outbox_order ON outbox (hook_id, deployment_id, id) WHERE next_at IS NOT NULL;

CREATE FUNCTION outbox_first(o outbox) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
	SELECT NOT EXISTS (SELECT FROM outbox e WHERE e.hook_id = o.hook_id
	    AND e.deployment_id = o.deployment_id AND e.id < o.id AND e.next_at IS NOT NULL)
$$;
COMMENT ON FUNCTION outbox_first(outbox) IS 'Has its hook heard all that comes before this notice?';

CREATE OR REPLACE FUNCTION outbox_take(n int, prefix text, suffix text)
RETURNS TABLE (id bigint, attempt int, key text, project text, hook text, url text, sealed bytea, body text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	WITH due AS (SELECT o.id FROM outbox o
		 WHERE o.next_at <= clock_timestamp() AND outbox_first(o)
		 ORDER BY o.next_at LIMIT n FOR UPDATE SKIP LOCKED),
	taken AS (UPDATE outbox o SET attempt = o.attempt + 1,
		    next_at = clock_timestamp()
			+ least(interval '1 minute' * 2 ^ least(o.attempt, 10), interval '3 hours')
			    * (0.75 + random() / 2)
		  FROM due WHERE o.id = due.id RETURNING o.*)
	SELECT o.id, o.attempt, o.key, h.project_id, h.id, h.url, h.sealed, json_build_object(
	    'event', 'deployment.' || o.state, 'id', o.key, 'deployment', d.id,
	    'project', p.slug, 'state', o.state,
	    'url', prefix || substr(d.id, 5) || '--' || p.slug || suffix,
	    'created_at', to_char(o.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text
	  FROM taken o JOIN project_hooks h ON h.id = o.hook_id
	  JOIN deployments d ON d.id = o.deployment_id JOIN projects p ON p.id = d.project_id
	 ORDER BY o.id
$$;

CREATE OR REPLACE FUNCTION outbox_wait() RETURNS double precision
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	WITH old AS (DELETE FROM outbox o WHERE o.id IN (SELECT x.id FROM outbox x
	    WHERE x.next_at IS NULL AND x.created_at < now() - interval '7 days' LIMIT 1000))
	SELECT greatest(extract(epoch FROM min(o.next_at) - clock_timestamp()), 0) FROM outbox o
	 WHERE o.next_at IS NOT NULL AND outbox_first(o)
$$;
