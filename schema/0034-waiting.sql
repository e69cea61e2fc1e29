-- Whoever waits is told what for, by the rules that claims go by; and a slot of a
-- builder that takes nothing is none that is kept for production.

CREATE FUNCTION builder_here(b builders) RETURNS boolean
LANGUAGE sql STABLE
AS $$ SELECT b.seen_at > now() - interval '30 seconds' $$;
COMMENT ON FUNCTION builder_here(builders) IS 'It was seen lately enough to count';
REVOKE EXECUTE ON FUNCTION builder_here(builders) FROM PUBLIC;

-- Of all their slots one is kept for production, unless there is one alone.
CREATE VIEW build_slots AS
WITH takes AS (SELECT id, slots FROM builders b WHERE builder_here(b) AND refuses IS NULL)
SELECT builders, slots - busy AS free, CASE WHEN slots > 1 THEN slots - 1 - previews END AS room
  FROM (SELECT count(*) AS builders, coalesce(sum(slots), 0) AS slots FROM takes) s,
       (SELECT count(*) AS busy, count(*) FILTER (WHERE d.target <> 'production') AS previews
	  FROM deployments d WHERE d.state IN ('building', 'canceling')
	   AND substring(d.lease_owner FROM '(.*):') = ANY (ARRAY(SELECT id FROM takes))) r;
COMMENT ON VIEW build_slots IS 'Builders that take builds, how many slots of theirs are free, and how many more previews may be built: null, any number';

-- Only near the end is it counted exactly, one claim after the other: a builder
-- has one claim at a time under way.
CREATE OR REPLACE FUNCTION preview_room() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	s record;
BEGIN
	SELECT builders, room INTO s FROM build_slots;
	IF s.room <= s.builders THEN
		PERFORM pg_advisory_xact_lock(hashtext('slipway.preview_room'));
		SELECT builders, room INTO s FROM build_slots;
	END IF;
	RETURN s.room IS NULL OR s.room > 0;
END
$$;

-- As in 0032.
CREATE OR REPLACE FUNCTION queue_stopped() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT CASE WHEN count(*) = 0 THEN 'no builder is there'
	    WHEN count(*) = count(refuses) THEN min(refuses) END
	  FROM builders b WHERE builder_here(b)
$$;
REVOKE EXECUTE ON FUNCTION queue_stopped() FROM slipway_api;
CREATE OR REPLACE VIEW admin.builders AS
SELECT b.id, b.slots,
       (SELECT count(*) FROM deployments d WHERE d.state IN ('building', 'canceling')
	   AND starts_with(d.lease_owner, b.id || ':')) AS busy,
       now() - b.started_at AS since, now() - b.seen_at AS seen,
       builder_here(b) AS alive, b.refuses
  FROM builders b ORDER BY b.id;

-- What runs counts for its team and its project.
CREATE VIEW full_teams AS
SELECT t.id AS team_id, CASE WHEN t.suspended_at IS NULL
	    THEN format('the team builds %s at a time, which is its limit', t.max_running)
	    ELSE 'the team is suspended' END AS why
  FROM teams t
 WHERE t.suspended_at IS NOT NULL OR t.max_running <= (SELECT count(*) FROM deployments r
    WHERE r.team_id = t.id AND r.state IN ('building', 'canceling'));
COMMENT ON VIEW full_teams IS 'Teams of which nothing is built now, and why';
CREATE VIEW full_projects AS
SELECT r.team_id, r.project_id,
       format('the project builds %s at a time, which is its limit', p.max_running) AS why
  FROM deployments r JOIN projects p ON p.id = r.project_id
 WHERE r.state IN ('building', 'canceling')
 GROUP BY r.team_id, r.project_id, p.max_running HAVING count(*) >= p.max_running;
COMMENT ON VIEW full_projects IS 'Projects of which as many builds run as may, and why nothing of them is built now';

CREATE FUNCTION turn_ready(team text, pro boolean) RETURNS SETOF deployments
LANGUAGE sql STABLE
AS $$
	SELECT * FROM deployments q
	 WHERE q.team_id = team AND q.state = 'queued' AND (q.target = 'production') = pro
	   AND q.not_before <= clock_timestamp()
	   AND q.project_id <> ALL (ARRAY(SELECT f.project_id FROM full_projects f WHERE f.team_id = team))
$$;
COMMENT ON FUNCTION turn_ready(text, boolean) IS
    'What of a team may be built now as far as its projects go: for production, or the rest';
REVOKE EXECUTE ON FUNCTION turn_ready(text, boolean) FROM PUBLIC;

-- build_claim() goes by the same ten minutes.
CREATE FUNCTION preview_late() RETURNS timestamptz
LANGUAGE sql STABLE
AS $$ SELECT now() - interval '10 minutes' $$;
COMMENT ON FUNCTION preview_late() IS 'Previews that wait since before then are as urgent as production';
REVOKE EXECUTE ON FUNCTION preview_late() FROM PUBLIC;

-- As in 0010.
CREATE OR REPLACE FUNCTION turn_next(team text, urgent boolean, room boolean) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	pro record;
	pre record;
BEGIN
	IF EXISTS (SELECT FROM full_teams f WHERE f.team_id = team) THEN
		RETURN NULL;
	END IF;
	SELECT q.id, q.created_at INTO pro FROM turn_ready(team, true) q
	 ORDER BY q.created_at, q.seq LIMIT 1;
	IF room THEN
		SELECT q.id, q.created_at INTO pre FROM turn_ready(team, false) q
		 WHERE q.created_at < CASE WHEN urgent THEN preview_late() ELSE 'infinity' END
		 ORDER BY q.created_at, q.seq LIMIT 1;
		IF pre.id IS NOT NULL AND (pro.id IS NULL
		    OR pre.created_at < least(pro.created_at, preview_late())) THEN
			RETURN pre.id;
		END IF;
	END IF;
	RETURN pro.id;
END
$$;

-- Teams take turns, so how many builds of others come first is not known before;
-- and it is counted no further than whoever waits cares.
CREATE FUNCTION turn_place(d deployments, alone boolean) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	far CONSTANT int := 100;
	late boolean := d.target <> 'production' AND d.created_at >= preview_late();
	n int;
	others int := 0;
BEGIN
	SELECT count(*) INTO n FROM (
	    (SELECT FROM turn_ready(d.team_id, true) q
	      WHERE late OR (q.created_at, q.seq) < (d.created_at, d.seq) LIMIT far)
	    UNION ALL
	    (SELECT FROM turn_ready(d.team_id, false) q
	      WHERE (q.created_at, q.seq) < (CASE d.target WHEN 'production'
		    THEN least(d.created_at, preview_late()) ELSE d.created_at END, d.seq)
	      LIMIT far)) x;
	IF NOT alone THEN
		SELECT count(*) INTO others FROM turns t
		 WHERE (t.production OR t.preview_since IS NOT NULL) AND t.team_id <> d.team_id;
	END IF;
	RETURN CASE WHEN n >= far THEN format('; builds of the team before it: %s or more', far)
	    WHEN n > 0 THEN format('; builds of the team before it: %s', n) ELSE '' END
	    || CASE WHEN others > 0 THEN format('; other teams that wait: %s', others) ELSE '' END;
END
$$;
COMMENT ON FUNCTION turn_place(deployments, boolean) IS
    'What else waits, in words that go on: of its team alone, or how many other teams do as well';
REVOKE EXECUTE ON FUNCTION turn_place(deployments, boolean) FROM PUBLIC;

CREATE VIEW waiting AS
SELECT d.id, d.team_id,
       CASE WHEN t.why IS NOT NULL THEN t.why || turn_place(d, true)
	    WHEN d.not_before > now() THEN 'its builder was lost, and it is tried again soon'
	    WHEN p.why IS NOT NULL THEN p.why
	    WHEN s.stopped IS NOT NULL THEN s.stopped
	    WHEN s.free <= 0 THEN 'all builders are busy' || turn_place(d, false)
	    WHEN d.target <> 'production' AND s.room <= 0
		THEN 'the last free slot is kept for production' || turn_place(d, false) END AS why
  FROM (SELECT free, room, queue_stopped() AS stopped FROM build_slots) s, deployments d
  LEFT JOIN full_teams t ON t.team_id = d.team_id
  LEFT JOIN full_projects p ON p.project_id = d.project_id
 WHERE d.state = 'queued';
COMMENT ON VIEW waiting IS 'What is queued, and what for; null: its turn is next';

CREATE FUNCTION waiting_for(deployment text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT w.why FROM waiting w WHERE w.id = deployment AND w.team_id = ANY (my_teams(1))
$$;
COMMENT ON FUNCTION waiting_for(text) IS
    'What a deployment of whoever asks waits for; null: for nothing, or its turn is next';
REVOKE EXECUTE ON FUNCTION waiting_for(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION waiting_for(text) TO slipway_api;

CREATE OR REPLACE VIEW admin.waiting AS
SELECT d.id, t.slug AS team, p.slug AS project, d.target, now() - d.created_at AS age,
       d.attempt, coalesce(w.why, 'its turn is next') AS why
  FROM waiting w JOIN deployments d ON d.id = w.id JOIN projects p ON p.id = d.project_id
  JOIN teams t ON t.id = d.team_id
 ORDER BY d.created_at;
