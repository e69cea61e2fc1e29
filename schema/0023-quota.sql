-- How much a team may keep.

ALTER TABLE teams
	ADD max_deployments int CHECK (max_deployments >= 1),
	ADD max_files bigint CHECK (max_files >= 1),
	ADD max_bytes bigint CHECK (max_bytes >= 1);
COMMENT ON COLUMN teams.max_deployments IS 'How many ready deployments it may keep; null: any number';
COMMENT ON COLUMN teams.max_files IS 'How many files they may have together; null: any number';
COMMENT ON COLUMN teams.max_bytes IS 'How large those may be, uncompressed and as if no two shared a file; null: of any size';

CREATE VIEW admin.usage AS
SELECT t.id, t.slug AS team, count(d.id) AS deployments, t.max_deployments,
       coalesce(sum(d.files), 0)::bigint AS files, t.max_files,
       coalesce(sum(d.bytes), 0)::bigint AS bytes, t.max_bytes
  FROM teams t LEFT JOIN deployments d
    ON d.team_id = t.id AND d.state = 'ready' AND d.deleted_at IS NULL
 GROUP BY t.id ORDER BY bytes DESC;
COMMENT ON VIEW admin.usage IS 'What each team keeps, and how much it may: the same count that quotas go by';

CREATE OR REPLACE VIEW admin.storage AS
SELECT p.slug AS project, t.slug AS team, count(d.id) AS deployments,
       coalesce(sum(d.files), 0) AS files, coalesce(sum(d.bytes), 0) AS bytes,
       max(d.finished_at) AS newest
  FROM projects p JOIN teams t ON t.id = p.team_id
  LEFT JOIN deployments d ON d.project_id = p.id AND d.state = 'ready' AND d.deleted_at IS NULL
 GROUP BY p.id, t.slug ORDER BY bytes DESC;

-- Why so much more is too much for a team; null if it is not.  Two that are
-- published at once may be over it by one: it bounds a disk, and is no bill.
CREATE FUNCTION quota_over(p_team text, more_files bigint, more_bytes bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT format('the team keeps %s of %s: delete deployments, keep fewer, or ask the operator for more', uses, may)
	  FROM (SELECT * FROM admin.usage u WHERE u.id = p_team) u, LATERAL (VALUES
	    (u.deployments + 1 > u.max_deployments, u.deployments::text,
		u.max_deployments || ' deployments'),
	    (u.files + more_files > u.max_files, u.files || ' files, and needs ' || more_files || ' more,',
		u.max_files::text),
	    (u.bytes + more_bytes > u.max_bytes,
		pg_size_pretty(u.bytes) || ', and needs ' || pg_size_pretty(more_bytes) || ' more,',
		pg_size_pretty(u.max_bytes))) v (over, uses, may)
	 WHERE over LIMIT 1
$$;
COMMENT ON FUNCTION quota_over(text, bigint, bigint) IS
    'Why a deployment of so many files and bytes is too much for a team; null if it is not';

CREATE FUNCTION quota_ask() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	why text := quota_over(NEW.team_id, 1, 1);
BEGIN
	IF why IS NOT NULL THEN
		RAISE EXCEPTION '%', why USING ERRCODE = 'SW409';
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION quota_ask() IS 'Nothing is asked for that could not be kept';
CREATE TRIGGER quota BEFORE INSERT ON deployments
    FOR EACH ROW WHEN (NEW.state = 'queued') EXECUTE FUNCTION quota_ask();

CREATE FUNCTION build_room(deployment text, f bigint, p_files bigint, p_bytes bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT coalesce(quota_over(d.team_id, p_files, p_bytes), '') FROM deployments d
	 WHERE d.id = deployment AND d.fence = f
$$;
COMMENT ON FUNCTION build_room(text, bigint, bigint, bigint) IS
    'Why what a build has made is too much for its team; empty if it is not';
REVOKE EXECUTE ON FUNCTION quota_over(text, bigint, bigint), quota_ask(),
    build_room(text, bigint, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION build_room(text, bigint, bigint, bigint) TO slipway_build;

CREATE FUNCTION admin.quota(team text, deployments int, files bigint, bytes bigint) RETURNS boolean
LANGUAGE sql SET search_path = public, pg_temp
AS $$
	UPDATE teams SET max_deployments = deployments, max_files = files, max_bytes = bytes
	 WHERE team IN (id, slug) RETURNING true
$$;
COMMENT ON FUNCTION admin.quota(text, int, bigint, bigint) IS
    'How much a team, by id or slug, may keep; null: no limit';
