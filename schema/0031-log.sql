-- A build's lines are kept by one function, whose statements are planned once for
-- its connection: it is called ten times a second by each build.  The text of a
-- function in SQL is planned anew with each call, and each that has a search_path
-- of its own looks its schemas up.

CREATE OR REPLACE FUNCTION job.log(deployment text, f bigint, secret bytea, first bigint,
    ats double precision[], steps text[], streams text[], lines text[], hues json[])
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	t text;
BEGIN
	-- Whose secret it is, as in build_own().
	SELECT d.team_id INTO t FROM deployments d
	 WHERE d.id = deployment AND d.fence = f AND d.key_hash = sha256(secret)
	   AND d.state IN ('building', 'canceling');
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	INSERT INTO build_logs (deployment_id, fence, seq, team_id, at, step, stream, line, colours)
	SELECT deployment, f, first + n - 1, t, to_timestamp(a), s, o, l, h
	  FROM unnest(ats, steps, streams, lines, hues) WITH ORDINALITY AS x (a, s, o, l, h, n)
	ON CONFLICT DO NOTHING;
	PERFORM pg_notify('slipway_log', deployment);
	RETURN true;
END
$$;
COMMENT ON FUNCTION job.log(text, bigint, bytea, bigint, double precision[], text[], text[], text[], json[]) IS
    'Adds lines, the first of which has that number; false if the build is no longer this builder''s';
DROP FUNCTION build_log(text, bigint, bigint, double precision[], text[], text[], text[], json[]);
