-- Logs: what a project's builds said is searched.

-- There is no index of the words: it would make every line cost more than all
-- searches ever save.  A search reads the lines, newest deployment first, for
-- about a second, and then says where to go on.
CREATE FUNCTION log_search(project text, needle text, one text, at_deployment bigint,
    at_line bigint, wanted int) RETURNS TABLE (lines json, next text)
    LANGUAGE plpgsql STABLE AS $$
DECLARE
	began timestamptz := clock_timestamp();
	d record;
	part json[];
	found json[] := '{}';
	last bigint;
BEGIN
	next := NULL;
	FOR d IN SELECT e.id, e.seq, e.fence FROM deployments e
	    WHERE e.project_id = project AND (one IS NULL OR e.id = one)
	      AND (at_deployment IS NULL OR e.seq <= at_deployment)
	    ORDER BY e.seq DESC LOOP
		SELECT array_agg(json_build_object('deployment', d.id, 'seq', l.seq,
		    'at', to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
		    'step', l.step, 'stream', l.stream, 'line', l.line) ORDER BY l.seq), max(l.seq)
		  INTO part, last
		  FROM (SELECT * FROM build_logs b WHERE b.deployment_id = d.id
		      AND b.fence = d.fence AND position(needle IN b.line) > 0
		      AND b.seq > CASE WHEN d.seq = at_deployment THEN at_line ELSE 0 END
		      ORDER BY b.seq LIMIT wanted - cardinality(found)) l;
		found := found || coalesce(part, '{}');
		IF cardinality(found) >= wanted THEN
			next := d.seq || ':' || last;
		ELSIF clock_timestamp() > began + interval '1 second' THEN
			next := d.seq || ':' || 9223372036854775807;
		END IF;
		EXIT WHEN next IS NOT NULL;
	END LOOP;
	lines := array_to_json(found);
	RETURN NEXT;
END
$$;
COMMENT ON FUNCTION log_search(text, text, text, bigint, bigint, int) IS
    'Lines of a project that contain a text, from a place in them on, and where the next ones may be';
REVOKE EXECUTE ON FUNCTION log_search(text, text, text, bigint, bigint, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log_search(text, text, text, bigint, bigint, int) TO slipway_api;
