-- Logs have their colours beside the text, which stays plain.

ALTER TABLE build_logs ADD COLUMN colours json;
-- No line has any yet: there is nothing to be looked at.
ALTER TABLE build_logs ADD CONSTRAINT build_logs_colours_check
    CHECK (octet_length(colours::text) <= 4096) NOT VALID;
COMMENT ON COLUMN build_logs.colours IS
    'What sets colours in it: [[offset, "31;1"], ...], offsets in characters from 0; null: nothing';

-- Without colours it is what a builder of an older version asks for.
DROP FUNCTION build_log(text, bigint, bigint, double precision[], text[], text[], text[]);
CREATE FUNCTION build_log(deployment text, f bigint, first bigint, ats double precision[],
    steps text[], streams text[], lines text[], hues json[] DEFAULT NULL)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	t text;
BEGIN
	SELECT team_id INTO t FROM deployments
	 WHERE id = deployment AND fence = f AND state IN ('building', 'canceling');
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
COMMENT ON FUNCTION build_log(text, bigint, bigint, double precision[], text[], text[], text[], json[]) IS
    'Adds lines, the first of which has that number; false if the build is no longer this builder''s';
REVOKE EXECUTE ON FUNCTION
    build_log(text, bigint, bigint, double precision[], text[], text[], text[], json[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    build_log(text, bigint, bigint, double precision[], text[], text[], text[], json[])
    TO slipway_build;
