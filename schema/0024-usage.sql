-- What teams and projects keep, and what it takes in the store.

-- Collection reads every manifest, and counts each file once on its way.
CREATE TABLE storage (
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	project_id text,
	files bigint NOT NULL,
	bytes bigint NOT NULL,
	stored bigint NOT NULL,
	measured_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE NULLS NOT DISTINCT (team_id, project_id),
	FOREIGN KEY (project_id, team_id) REFERENCES projects (id, team_id) ON DELETE CASCADE
);
COMMENT ON TABLE storage IS 'What the deployments that are kept have in the store, as the last collection counted it';
COMMENT ON COLUMN storage.team_id IS 'Whose they are';
COMMENT ON COLUMN storage.project_id IS 'Those of this project; null: of the whole team, whose projects may share files';
COMMENT ON COLUMN storage.files IS 'How many files they have, each counted once';
COMMENT ON COLUMN storage.bytes IS 'How large those are, uncompressed';
COMMENT ON COLUMN storage.stored IS 'The same with the compressed copies and the manifests';
COMMENT ON COLUMN storage.measured_at IS 'When it was counted';
ALTER TABLE storage ENABLE ROW LEVEL SECURITY;
CREATE POLICY look ON storage FOR SELECT TO slipway_api
    USING (team_id = ANY ((SELECT my_teams(1))::text[]));
GRANT SELECT ON storage TO slipway_api;

-- Teams and projects that are gone meanwhile are left out.
CREATE FUNCTION storage_note(p_team text, p_project text, p_files bigint, p_bytes bigint,
    p_stored bigint) RETURNS bigint
LANGUAGE sql SET search_path = public, pg_temp
AS $$
	INSERT INTO storage (team_id, project_id, files, bytes, stored, measured_at)
	SELECT t.id, p.id, p_files, p_bytes, p_stored, clock_timestamp()
	  FROM teams t LEFT JOIN projects p ON p.team_id = t.id AND p.id = p_project
	 WHERE t.id = p_team AND (p_project IS NULL OR p.id IS NOT NULL)
	ON CONFLICT (team_id, project_id) DO UPDATE SET files = EXCLUDED.files,
	    bytes = EXCLUDED.bytes, stored = EXCLUDED.stored, measured_at = EXCLUDED.measured_at
	RETURNING stored
$$;
COMMENT ON FUNCTION storage_note(text, text, bigint, bigint, bigint) IS
    'What was counted of a project, or of a whole team; only an operator may';

CREATE FUNCTION storage_end(c bigint) RETURNS bigint
LANGUAGE sql SET search_path = public, pg_temp
AS $$
	WITH gone AS (DELETE FROM storage s USING collections x
	     WHERE x.id = c AND s.measured_at < x.started_at RETURNING 1)
	SELECT count(*) FROM gone
$$;
COMMENT ON FUNCTION storage_end(bigint) IS
    'Forgets what a collection, that has counted all, has not counted again';
REVOKE EXECUTE ON FUNCTION storage_note(text, text, bigint, bigint, bigint), storage_end(bigint)
    FROM PUBLIC;

CREATE OR REPLACE VIEW admin.storage AS
SELECT p.slug AS project, t.slug AS team, count(d.id) AS deployments,
       coalesce(sum(d.files), 0) AS files, coalesce(sum(d.bytes), 0) AS bytes,
       max(d.finished_at) AS newest, s.files AS unique_files, s.bytes AS unique_bytes,
       s.stored AS stored_bytes, s.measured_at
  FROM projects p JOIN teams t ON t.id = p.team_id
  LEFT JOIN storage s ON s.project_id = p.id
  LEFT JOIN deployments d ON d.project_id = p.id AND d.state = 'ready' AND d.deleted_at IS NULL
 GROUP BY p.id, t.slug, s.files, s.bytes, s.stored, s.measured_at ORDER BY bytes DESC;

-- Quotas are the teams'; what a project keeps is a part of it.
CREATE VIEW kept WITH (security_invoker) AS
SELECT t.id AS team_id, t.slug AS team, w.slug AS project,
       coalesce(u.deployments, 0) AS deployments,
       CASE WHEN w.id IS NULL THEN t.max_deployments END AS max_deployments,
       coalesce(u.files, 0) AS files, CASE WHEN w.id IS NULL THEN t.max_files END AS max_files,
       coalesce(u.bytes, 0) AS bytes, CASE WHEN w.id IS NULL THEN t.max_bytes END AS max_bytes,
       s.files AS unique_files, s.bytes AS unique_bytes, s.stored AS stored_bytes, s.measured_at
  FROM teams t
  JOIN (SELECT id AS team_id, NULL AS id, NULL AS slug FROM teams
        UNION ALL SELECT team_id, id, slug FROM projects) w ON w.team_id = t.id
  LEFT JOIN (SELECT team_id, project_id, count(*) AS deployments, sum(files) AS files,
                sum(bytes) AS bytes
               FROM deployments WHERE state = 'ready' AND deleted_at IS NULL
              GROUP BY GROUPING SETS ((team_id), (team_id, project_id))) u
    ON u.team_id = t.id AND u.project_id IS NOT DISTINCT FROM w.id
  LEFT JOIN storage s ON s.team_id = t.id AND s.project_id IS NOT DISTINCT FROM w.id;
COMMENT ON VIEW kept IS 'What each team and each of its projects keeps, of how much, and what it has in the store; of the teams of whoever asks';
GRANT SELECT ON kept TO slipway_api;

CREATE FUNCTION storage_metrics(every boolean) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	WITH u AS (SELECT * FROM admin.usage a WHERE every OR a.id = ANY (my_teams(1))),
	lines (family, help, line) AS (
		SELECT 'slipway_kept_deployments', 'Deployments that are kept.',
		    format('slipway_kept_deployments{team="%s"} %s', team, deployments) FROM u
		UNION ALL
		SELECT 'slipway_kept_files', 'Files that they have, as quotas count them.',
		    format('slipway_kept_files{team="%s"} %s', team, files) FROM u
		UNION ALL
		SELECT 'slipway_kept_bytes', 'How large those are, as quotas count them.',
		    format('slipway_kept_bytes{team="%s"} %s', team, bytes) FROM u
		UNION ALL
		SELECT 'slipway_quota_bytes', 'How large they may be, where there is a quota.',
		    format('slipway_quota_bytes{team="%s"} %s', team, max_bytes)
		  FROM u WHERE max_bytes IS NOT NULL
		UNION ALL
		SELECT 'slipway_stored_bytes', 'What they took in the store at the last collection, each file once.',
		    format('slipway_stored_bytes{team="%s"} %s', u.team, s.stored)
		  FROM u JOIN storage s ON s.team_id = u.id AND s.project_id IS NULL
		UNION ALL
		(SELECT 'slipway_store_bytes', 'The whole store after the last collection.',
		    format('slipway_store_bytes %s', kept_bytes)
		  FROM collections WHERE every AND good ORDER BY id DESC LIMIT 1))
	SELECT coalesce(string_agg(text, '' ORDER BY family), '') FROM (
		SELECT family, format(E'# HELP %s %s\n# TYPE %s gauge\n', family, min(help), family)
		    || string_agg(line || E'\n', '' ORDER BY line) AS text
		  FROM lines GROUP BY family) f
$$;
COMMENT ON FUNCTION storage_metrics(boolean) IS
    'What is kept and stored, as Prometheus text: of every team, or of those whoever asks may look at';
REVOKE EXECUTE ON FUNCTION storage_metrics(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION storage_metrics(boolean) TO slipway_api;

-- As before; whatever is too much, the text has what is used, what is needed,
-- of how much, and the cures.
CREATE OR REPLACE FUNCTION quota_over(p_team text, more_files bigint, more_bytes bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT format('the team keeps %s: delete deployments, keep fewer, or ask the operator for more ("slipway usage" says what takes it)',
	    uses)
	  FROM (SELECT * FROM admin.usage u WHERE u.id = p_team) u, LATERAL (VALUES
	    (u.deployments + 1 > u.max_deployments, format('%s of %s deployments',
		u.deployments, u.max_deployments)),
	    (u.files + more_files > u.max_files, format('%s of %s files, and needs %s more',
		u.files, u.max_files, more_files)),
	    (u.bytes + more_bytes > u.max_bytes, format('%s of %s, and needs %s more',
		pg_size_pretty(u.bytes), pg_size_pretty(u.max_bytes), pg_size_pretty(more_bytes)))) v (over, uses)
	 WHERE over LIMIT 1
$$;
