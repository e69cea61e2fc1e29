-- Whoever waits for a build is told why none is taken, and not the operator
-- alone.

ALTER TABLE builders ADD refuses text CHECK (length(refuses) <= 200);
COMMENT ON COLUMN builders.refuses IS 'Why it takes no build, for whoever waits for one; null: it does';

-- A builder of before says two words.
DROP FUNCTION builder_alive(text, int);
CREATE FUNCTION builder_alive(who text, n int, why text DEFAULT NULL) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	WITH gone AS (DELETE FROM builders WHERE id = who AND n = 0)
	INSERT INTO builders (id, slots, refuses) SELECT who, n, why WHERE n > 0
	ON CONFLICT (id) DO UPDATE SET slots = n, refuses = why, seen_at = clock_timestamp()
	RETURNING true
$$;
COMMENT ON FUNCTION builder_alive(text, int, text) IS
    'A builder with so many slots is there, and why it takes no build, if so; 0: it leaves';
REVOKE EXECUTE ON FUNCTION builder_alive(text, int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION builder_alive(text, int, text) TO slipway_queue;

CREATE FUNCTION queue_stopped() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT CASE WHEN count(*) = 0 THEN 'no builder is there'
	    WHEN count(*) = count(refuses) THEN min(refuses) END
	  FROM builders WHERE seen_at > now() - interval '30 seconds'
$$;
COMMENT ON FUNCTION queue_stopped() IS 'Why no build is taken, whosever it is; null: some are';
REVOKE EXECUTE ON FUNCTION queue_stopped() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION queue_stopped() TO slipway_api;

-- As in 0010.
CREATE OR REPLACE VIEW admin.builders AS
SELECT b.id, b.slots,
       (SELECT count(*) FROM deployments d WHERE d.state IN ('building', 'canceling')
	   AND starts_with(d.lease_owner, b.id || ':')) AS busy,
       now() - b.started_at AS since, now() - b.seen_at AS seen,
       b.seen_at > now() - interval '30 seconds' AS alive, b.refuses
  FROM builders b ORDER BY b.id;

-- As in 0010; a slot of one that takes nothing is not free.
CREATE OR REPLACE VIEW admin.waiting AS
WITH running AS (SELECT team_id, project_id, count(*) AS n,
	    count(*) FILTER (WHERE target <> 'production') AS previews
	  FROM deployments WHERE state IN ('building', 'canceling')
	 GROUP BY team_id, project_id),
     room AS (SELECT coalesce(sum(slots), 0) AS slots,
	    coalesce(sum(slots - busy) FILTER (WHERE refuses IS NULL), 0) AS free,
	    (SELECT coalesce(sum(previews), 0) FROM running) AS previews,
	    queue_stopped() AS stopped
	  FROM admin.builders WHERE alive)
SELECT d.id, t.slug AS team, p.slug AS project, d.target, now() - d.created_at AS age,
       d.attempt,
       CASE WHEN t.suspended_at IS NOT NULL THEN 'its team is suspended'
	    WHEN d.not_before > now() THEN 'held back after a lost builder'
	    WHEN (SELECT coalesce(sum(r.n), 0) FROM running r WHERE r.team_id = d.team_id)
		>= t.max_running THEN 'its team runs as many as it may'
	    WHEN (SELECT coalesce(sum(r.n), 0) FROM running r WHERE r.project_id = d.project_id)
		>= p.max_running THEN 'its project runs as many as it may'
	    WHEN room.stopped IS NOT NULL THEN room.stopped
	    WHEN room.free <= 0 THEN 'every slot is busy'
	    WHEN d.target <> 'production' AND room.slots > 1 AND room.previews >= room.slots - 1
		THEN 'the last slot is kept for production'
	    ELSE 'its turn is next' END AS why
  FROM room, deployments d JOIN projects p ON p.id = d.project_id
  JOIN teams t ON t.id = d.team_id
 WHERE d.state = 'queued'
 ORDER BY d.created_at;

-- What the histograms of queue_metrics() have of all teams, by team: their sums
-- alone, since each bucket would be a series more of each.
CREATE FUNCTION team_metrics(every boolean) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	WITH counts AS (SELECT t.slug, c.* FROM queue_counts c JOIN teams t ON t.id = c.team_id
		 WHERE every OR t.id = ANY (my_teams(1)))
	SELECT coalesce(string_agg(format(E'# HELP %s %s\n# TYPE %s summary\n%s', family, help, family, body), ''
	    ORDER BY family), '')
	  FROM (SELECT family, help, string_agg(format(
		    E'%s_sum{team="%s"} %s\n%s_count{team="%s"} %s\n', family, slug, seconds, family, slug,
		    (SELECT sum(n) FROM unnest(builds) n)), '' ORDER BY slug) AS body
		  FROM counts, LATERAL (VALUES
		    ('slipway_team_wait_seconds', 'From the question to the last claim, by team.',
			waited_seconds, waited),
		    ('slipway_team_run_seconds', 'From the last claim to the end, by team.',
			ran_seconds, ran)) AS v (family, help, seconds, builds)
		 GROUP BY family, help) f
$$;
COMMENT ON FUNCTION team_metrics(boolean) IS
    'How long builds waited and ran as Prometheus reads it: of every team, or of those of whoever asks';
REVOKE EXECUTE ON FUNCTION team_metrics(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION team_metrics(boolean) TO slipway_api;
