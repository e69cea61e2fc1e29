-- Leases that no clock but a builder's own decides about; production that a
-- build never puts back; and faults of a builder, which are no project's.

-- What runs, with what its builder wrote when it last renewed.  A builder that
-- sees the same for as long as a lease lasts, by its own clock, may call
-- build_lost().  Only who has lost a builder is put off; until a time that no
-- delay is long enough for, if the clock has been set back since.
ALTER TABLE deployments ALTER not_before SET DEFAULT 'epoch';
CREATE INDEX deployments_held ON deployments (not_before) WHERE state = 'queued' AND attempt > 0;
CREATE FUNCTION build_leases() RETURNS TABLE (id text, fence bigint, until text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	UPDATE deployments d SET not_before = clock_timestamp()
	 WHERE d.state = 'queued' AND d.attempt > 0
	   AND d.not_before > clock_timestamp() + interval '1 minute';
	RETURN QUERY SELECT d.id, d.fence, d.lease_until::text FROM deployments d
	 WHERE d.state IN ('building', 'canceling') ORDER BY d.id COLLATE "C";
END
$$;
COMMENT ON FUNCTION build_leases() IS 'What runs, and what its builder last wrote; in the order of bytes';

CREATE FUNCTION build_lost(ids text[], fences bigint[], untils text[])
RETURNS TABLE (id text, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	d record;
BEGIN
	FOR d IN SELECT x.id, x.fence FROM unnest(ids, fences, untils) AS m (id, fence, until)
		  JOIN deployments x ON x.id = m.id AND x.fence = m.fence
		 WHERE x.state IN ('building', 'canceling')
		   AND x.lease_until = m.until::timestamptz
		   FOR NO KEY UPDATE OF x SKIP LOCKED
	LOOP
		RETURN QUERY SELECT d.id, build_end(d.id, d.fence, 'lost');
	END LOOP;
END
$$;
COMMENT ON FUNCTION build_lost(text[], bigint[], text[]) IS
    'Takes builds whose lease is still as it was from builders that are gone';
DROP FUNCTION build_reap(interval);
GRANT EXECUTE ON FUNCTION build_leases(), build_lost(text[], bigint[], text[]) TO slipway_build;

-- As in 0010; nor does it take the place of a newer preview that was promoted.
CREATE OR REPLACE FUNCTION build_ready(deployment text, f bigint, p_manifest text, p_files int,
    p_bytes bigint, p_timings jsonb)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	d deployments;
BEGIN
	PERFORM FROM projects p JOIN deployments x ON x.project_id = p.id
	  WHERE x.id = deployment AND x.target = 'production' FOR NO KEY UPDATE OF p;
	UPDATE deployments SET state = 'ready', manifest = p_manifest, files = p_files,
	    bytes = p_bytes, timings = p_timings, error_code = NULL, error = NULL
	 WHERE id = deployment AND fence = f AND state IN ('building', 'canceling')
	RETURNING * INTO d;
	IF NOT FOUND THEN
		RETURN EXISTS (SELECT FROM deployments WHERE id = deployment AND fence = f
		    AND state = 'ready' AND manifest = p_manifest);
	END IF;
	IF d.target = 'production' THEN
		UPDATE projects p SET live_deployment = d.id
		 WHERE p.id = d.project_id AND NOT EXISTS (SELECT FROM deployments n
		    WHERE n.project_id = d.project_id AND n.target = 'production'
		      AND n.state = 'ready' AND n.seq > d.seq)
		   AND NOT EXISTS (SELECT FROM deployments l
		    WHERE l.id = p.live_deployment AND l.seq > d.seq);
	END IF;
	RETURN true;
END
$$;

-- As in 0010; a builder that is itself to blame says so with the outcome 'lost'
-- and a code, which is kept when it was the third attempt.
CREATE OR REPLACE FUNCTION build_end(deployment text, f bigint, outcome text, code text DEFAULT NULL,
    said text DEFAULT NULL, p_timings jsonb DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	d deployments;
	becomes text;
BEGIN
	SELECT * INTO d FROM deployments WHERE id = deployment AND fence = f FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN NULL;
	ELSIF d.state NOT IN ('building', 'canceling') THEN
		RETURN d.state;
	END IF;
	IF outcome = 'lost' AND d.attempt >= 3 AND nullif(code, '') IS NULL THEN
		code := 'builder_lost';
		said := 'the builder was lost three times while building this';
	END IF;
	becomes := CASE WHEN d.state = 'canceling' THEN 'canceled'
	    WHEN outcome = 'failed' AND code = 'ignored' THEN 'canceled'
	    WHEN outcome = 'failed' OR (outcome = 'lost' AND d.attempt >= 3) THEN 'failed'
	    WHEN outcome IN ('released', 'lost') THEN 'queued' END;
	IF becomes IS NULL THEN
		RAISE EXCEPTION '% is no end of what is %', outcome, d.state USING ERRCODE = 'SW409';
	END IF;
	UPDATE deployments x SET state = becomes,
	    attempt = greatest(x.attempt - (outcome = 'released')::int, 0),
	    error_code = CASE WHEN becomes = 'queued' THEN NULL WHEN d.state = 'building' THEN left(code, 40) ELSE x.error_code END,
	    error = CASE WHEN becomes = 'queued' THEN NULL WHEN d.state = 'building' THEN left(said, 2000) ELSE x.error END,
	    timings = coalesce(p_timings, x.timings),
	    not_before = CASE WHEN outcome = 'lost' AND becomes = 'queued'
	        THEN clock_timestamp() + interval '2 seconds' * 2 ^ x.attempt ELSE x.not_before END
	 WHERE x.id = d.id;
	IF outcome = 'lost' THEN
		INSERT INTO queue_counts AS c (team_id, lost) VALUES (d.team_id, 1)
		ON CONFLICT (team_id) DO UPDATE SET lost = c.lost + 1;
	END IF;
	RETURN becomes;
END
$$;
