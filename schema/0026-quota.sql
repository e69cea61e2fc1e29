-- Quotas that hold whoever comes at the same time, and for what comes back.

-- As before; and what counts is said where that may be asked.
CREATE OR REPLACE FUNCTION quota_over(p_team text, more_files bigint, more_bytes bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT format('the team keeps %s: delete deployments, keep fewer, or ask the operator for more (%s"slipway usage" says what takes it)',
	    uses, what)
	  FROM (SELECT * FROM admin.usage u WHERE u.id = p_team) u, LATERAL (VALUES
	    (u.deployments + 1 > u.max_deployments, format('%s of %s deployments',
		u.deployments, u.max_deployments), ''),
	    (u.files + more_files > u.max_files, format('%s of %s files, and needs %s more',
		u.files, u.max_files, more_files), 'each deployment counts with all of its files; '),
	    (u.bytes + more_bytes > u.max_bytes, format('%s of %s, and needs %s more',
		pg_size_pretty(u.bytes), pg_size_pretty(u.max_bytes), pg_size_pretty(more_bytes)),
		'each deployment counts with all of its files; ')) v (over, uses, what)
	 WHERE over LIMIT 1
$$;

-- A deployment begins to be kept.  Those of one team do so one after the other:
-- each locks the team's row, and then sees what those before it have made.
CREATE FUNCTION quota_keep() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	why text;
BEGIN
	PERFORM FROM teams t WHERE t.id = NEW.team_id
	    AND num_nonnulls(t.max_deployments, t.max_files, t.max_bytes) > 0
	    FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN NEW;
	END IF;
	why := quota_over(NEW.team_id, coalesce(NEW.files, 0), coalesce(NEW.bytes, 0));
	IF why IS NOT NULL THEN
		RAISE EXCEPTION '%', why USING ERRCODE = 'SW409';
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION quota_keep() IS
    'Nothing becomes ready, or comes back, that is too much for its team; SW409';
CREATE TRIGGER quota_keep BEFORE UPDATE OF state, deleted_at ON deployments
    FOR EACH ROW WHEN (NEW.state = 'ready' AND NEW.deleted_at IS NULL
        AND (OLD.state <> 'ready' OR OLD.deleted_at IS NOT NULL))
    EXECUTE FUNCTION quota_keep();
REVOKE EXECUTE ON FUNCTION quota_keep() FROM PUBLIC;
