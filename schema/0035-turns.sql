-- What of a team still waits is read off the indexes of the queue.  Whether any row
-- exists is not: where a planner believes that many do, it looks for the first of
-- them in the whole table, and if there is none, to its end.

CREATE VIEW turn_waits AS
SELECT t.id AS team_id, t.weight,
       (SELECT min(q.created_at) FROM deployments q WHERE q.team_id = t.id
	   AND q.state = 'queued' AND q.target = 'production') IS NOT NULL AS production,
       (SELECT min(q.created_at) FROM deployments q WHERE q.team_id = t.id
	   AND q.state = 'queued' AND q.target <> 'production') AS preview_since
  FROM teams t;
COMMENT ON VIEW turn_waits IS 'Does something of a team wait for production, and since when a preview?';

-- As in 0010.
CREATE OR REPLACE FUNCTION turn_note(team text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
	PERFORM FROM turns WHERE team_id = team FOR NO KEY UPDATE;
	UPDATE turns x SET production = w.production, preview_since = w.preview_since
	  FROM turn_waits w WHERE x.team_id = team AND w.team_id = team;
END
$$;

-- As in 0028.
CREATE OR REPLACE FUNCTION turn_take(team text, urgent boolean, room boolean, wait boolean,
    who text, lease interval, key bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	d text;
	clock bigint;
BEGIN
	IF wait THEN
		PERFORM FROM turns x WHERE x.team_id = team FOR NO KEY UPDATE;
	ELSE
		PERFORM FROM turns x WHERE x.team_id = team FOR NO KEY UPDATE SKIP LOCKED;
		IF NOT FOUND THEN
			RETURN 'busy';
		END IF;
	END IF;
	d := turn_next(team, urgent, room);
	IF d IS NULL THEN
		RAISE EXCEPTION 'nothing' USING ERRCODE = 'SW000';
	END IF;
	UPDATE deployments x SET state = 'building', attempt = x.attempt + 1,
	    fence = nextval('fence_seq'), key_hash = key, lease_owner = who,
	    lease_until = clock_timestamp() + lease
	 WHERE x.id = (SELECT q.id FROM deployments q
	    WHERE q.id = d AND q.state = 'queued' FOR UPDATE SKIP LOCKED);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'busy' USING ERRCODE = 'SW000';
	END IF;
	UPDATE turns x SET vtime = greatest(x.vtime, (SELECT c.last_value FROM turn_clock c))
	        + 1000000 / w.weight,
	    production = w.production, preview_since = w.preview_since
	  FROM turn_waits w WHERE x.team_id = team AND w.team_id = team
	RETURNING x.vtime - 1000000 / w.weight INTO clock;
	PERFORM setval('turn_clock', greatest(clock, 1));
	RETURN d;
EXCEPTION WHEN SQLSTATE 'SW000' THEN
	RETURN nullif(SQLERRM, 'nothing');
END
$$;
