-- Leases that no clock but a builder's own decides about; and production that
-- a build never puts back.

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
