-- What a project keeps of what it deployed, and for how long.

-- As with limits of builds: a project's is its team's where it is null, a team's
-- is slipway.conf's; projects only lower, teams' columns are the operator's.
ALTER TABLE teams
	ADD keep_deployments int CHECK (keep_deployments BETWEEN 1 AND 1000000),
	ADD keep_days int CHECK (keep_days BETWEEN 0 AND 36500);
COMMENT ON COLUMN teams.keep_deployments IS 'How many of its newest deployments a project keeps, of each target; null: slipway.conf''s';
COMMENT ON COLUMN teams.keep_days IS 'For how many days it keeps any; null: slipway.conf''s';
ALTER TABLE projects
	ADD keep_deployments int CHECK (keep_deployments BETWEEN 1 AND 1000000),
	ADD keep_days int CHECK (keep_days BETWEEN 0 AND 36500);
COMMENT ON COLUMN projects.keep_deployments IS 'How many of its newest deployments are kept, of each target; null: what its team may';
COMMENT ON COLUMN projects.keep_days IS 'For how many days any is kept; null: what its team may';
GRANT UPDATE (keep_deployments, keep_days) ON projects TO slipway_api;

-- Which deployments are older than all that keeps them: they are neither among
-- the newest of their target nor young, nor does anything show them.  What is
-- the newest of its branch is shown by the branch's host, for half a year.
CREATE FUNCTION retention_over(keep int, days int)
RETURNS TABLE (id text, project_id text, target text, seq bigint, finished_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	WITH rules AS (SELECT p.id, p.live_deployment,
		    least(p.keep_deployments, coalesce(t.keep_deployments, keep)) AS n,
		    now() - make_interval(days => least(p.keep_days, coalesce(t.keep_days, days))) AS since
		  FROM projects p JOIN teams t ON t.id = p.team_id),
	ranked AS (SELECT d.*,
		    row_number() OVER (PARTITION BY d.project_id, d.target ORDER BY d.seq DESC) AS nth,
		    row_number() OVER (PARTITION BY d.project_id, d.branch_label ORDER BY d.seq DESC) AS nth_of_branch
		  FROM deployments d WHERE d.state = 'ready' AND d.deleted_at IS NULL)
	SELECT d.id, d.project_id, d.target, d.seq, d.finished_at
	  FROM ranked d JOIN rules r ON r.id = d.project_id
	 WHERE d.nth > r.n AND d.finished_at < r.since AND NOT d.pinned
	   AND d.id IS DISTINCT FROM r.live_deployment
	   AND NOT EXISTS (SELECT FROM aliases a WHERE a.deployment_id = d.id)
	   AND NOT (d.branch_label <> '' AND d.nth_of_branch = 1
	       AND d.finished_at > now() - interval '180 days')
	   AND d.id NOT IN (SELECT s.deployment_id FROM skew_kept() s)
	 ORDER BY d.finished_at
$$;
COMMENT ON FUNCTION retention_over(int, int) IS
    'Deployments that nothing keeps any more, oldest first, where slipway.conf keeps so many for so many days';

-- Deletes some of them.  What begins to be shown meanwhile is let be.
CREATE FUNCTION retention_run(keep int, days int, most int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	d text;
	n bigint := 0;
BEGIN
	FOR d IN SELECT o.id FROM retention_over(keep, days) o LIMIT most LOOP
		BEGIN
			UPDATE deployments SET deleted_at = now() WHERE id = d AND deleted_at IS NULL;
			n := n + 1;
		EXCEPTION WHEN SQLSTATE 'SW409' THEN
			CONTINUE;
		END;
	END LOOP;
	RETURN n;
END
$$;
COMMENT ON FUNCTION retention_run(int, int, int) IS
    'Deletes at most so many of what retention_over() names, and answers how many';
REVOKE EXECUTE ON FUNCTION retention_over(int, int), retention_run(int, int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION retention_run(int, int, int) TO slipway_build;
